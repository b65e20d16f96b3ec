"""Written task: self-attention without positions commutes with permutations of its tokens."""

from __future__ import annotations

from types import MappingProxyType

from selfattn_check.written_task import WrittenTask

__all__ = ["PERMUTED_ROWS"]

STATEMENT = r"""
Prove that one head of self-attention without mask and without positions commutes with every permutation of its tokens.

Write $f(X) = \operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$ with $Q = X W_Q$, $K = X W_K$,
$V = X W_V$, where $X$ is any real $(n, d)$ matrix and the softmax runs along each row. A permutation of the tokens is
an $(n, n)$ matrix $P$ with exactly one 1 in each row and each column and zeros elsewhere: $P X$ holds the rows of $X$
in another order. Prove, for every $X$ and every such $P$,

$$f(P X) = P\, f(X).$$

Then say in one or two sentences which step fails

1. if a matrix of positions is added to the input, $f(X + E)$ with $E$ fixed;
2. if a causal mask is applied.

A proof names what each step uses. Formulas go between dollar signs, as in `$P^\top P = I$`; double-click the cell below
to edit it. You get a point for each of projections, scores, output and the answers to 1 and 2, and two for the softmax:
say why it may be exchanged with permutations.
"""

RUBRIC = MappingProxyType(
    {
        "projections: (PX)W = P(XW), so Q, K and V are permuted alike": 1,
        "scores: (PQ)(PK)ᵀ = P(QKᵀ)Pᵀ; the scale is a number and changes nothing": 1,
        "softmax: permuting rows permutes rows of the result; permuting the columns of a row permutes its entries and "
        "leaves the sum in the denominator as it is, hence softmax(PSPᵀ) = P softmax(S) Pᵀ. "
        "Only half a point if it is claimed without the argument about the sum": 2,
        "output: (P A Pᵀ)(P V) = P A V because PᵀP = I, which is said and used": 1,
        "positions: P(X + E) is not PX + E unless PE = E, so the first step fails": 1,
        "causal mask: M stays where it is, so scores P S Pᵀ meet M instead of P M Pᵀ; the softmax step fails": 1,
    }
)

PERMUTED_ROWS = WrittenTask(
    id="permuted_rows",
    assignment="04a-derivation",
    chapter=4,
    section="A set, not a sequence",
    anchor="permutations",
    title="Prove that attention does not know the order",
    minutes=25,
    difficulty=2,
    statement=STATEMENT,
    rubric=RUBRIC,
)
