"""Exercise: the source's wrong formulas and shapes, put right."""

from __future__ import annotations

from selfattn_check.blueprints.errata import answers
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.errata import WRONG_ANSWERS
from selfattn_check.probe import Probe
from selfattn_ref import errata_quiz
from selfattn_ref.errata import ERRATA_QUESTIONS, ERRATA_SETTING

__all__ = ["ERRATA_QUIZ"]

_QUESTIONS = "\n".join(f"- `{key}`: {question}" for key, question in ERRATA_QUESTIONS.items())

STATEMENT = rf"""
Texts about attention contain mistakes, and the article that this course follows contains many. Each question stands for
one of them; § is its section there. You do not need the article: every answer follows from

$$\operatorname{{softmax}}\!\left(\frac{{Q K^\top}}{{\sqrt{{d_k}}}}\right) V, \qquad
\begin{{aligned}} Q &= X W_Q \\ K &= X W_K \\ V &= X W_V \end{{aligned}}$$

for each head, and $W_O$ after the heads are merged.

{ERRATA_SETTING}

{_QUESTIONS}

| argument | what it is |
|---|---|
| none | |
| returns | a dict with an answer for each of these keys |

The check says which answers are wrong, and names the wrong idea where it knows it. It does not say what is right: a
small example on paper does.

```python
>>> len(errata_quiz())
{len(ERRATA_QUESTIONS)}

```
"""

HINTS = (
    "Write the shapes of one head beside softmax(QKᵀ/√d_k)V, left to right. Then put the number of heads in front.",
    "For yes or no, change one thing and follow it through the formula: if only V changes, what else does? "
    "For counts, ask of each number whether it is kept between two sentences, or computed anew.",
    "Let NumPy answer: draw x (5, 12) and four (12, 12) weights, compute all steps, print every `.shape`, "
    "`weights.sum(axis=…)`, and the `.size` of everything that does not depend on x.",
)

ERRATA_QUIZ = Exercise(
    id="errata_quiz",
    assignment="04a-derivation",
    chapter=4,
    section="From rows to matrices",
    anchor="rows-to-matrices",
    title="Put the formulas right",
    minutes=20,
    difficulty=1,
    statement=STATEMENT,
    reference=errata_quiz,
    blueprint=answers,
    returns=("answers",),
    probes=(Probe("the questions", "each stands for a mistake that is in print", lambda _: {}),),
    mistakes=WRONG_ANSWERS,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 5},
    quiz=True,
)
