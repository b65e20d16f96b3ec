"""Named entities, and what is known about a pair of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, integer, kind_of, require, sequence


def decode_bio(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Read the entities off the tags of the tokens of a text.

    B-X begins an entity of label X, I-X continues it, O is outside. An I-X that continues nothing, since it comes
    first, after O or after another label, begins an entity: no tag of a model is thrown away. This is the rule of
    CoNLL's evaluation and of seqeval's default mode. Ramshaw and Marcus (1995); Tjong Kim Sang and De Meulder (2003).

    Args:
        tags: one of "O", "B-label", "I-label" for each token; a label may hold further hyphens.

    Returns:
        (label, start, end) for each entity in the order of the text: the tokens start … end − 1.

    Raises:
        TypeError: tags is not a sequence, or a tag not a string.
        ValueError: a tag of another form, or with an empty label.

    >>> decode_bio(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4), ('LOC', 4, 5)]
    """
    entities: list[tuple[str, int, int]] = []
    open_label = None  # of the entity that the next token may continue
    for place, tag in enumerate(sequence("tags", tags, "strings")):
        prefix, label = _parts(f"tags[{place}]", tag)
        if prefix == "I" and label == open_label:
            _, start, _ = entities.pop()
            entities.append((label, start, place + 1))
        elif prefix != "O":
            entities.append((label, place, place + 1))
        open_label = None if prefix == "O" else label
    return entities


def entity_pair_features(hidden: FloatArray, head: tuple[int, int], tail: tuple[int, int]) -> FloatArray:
    """Put what an encoder knows about two entities into one vector, from which their relation can be told.

    [hidden[0]; mean of the head's tokens; mean of the tail's tokens], side by side: the first token, which stands for
    the whole text, and both entities. The order of the two matters, as it does for a relation ("was born in").
    Wu and He (2019), section 3.3, without the layers that follow.

    Args:
        hidden: (n, d) states of the tokens.
        head: (start, end) of the first entity of the relation: the tokens start … end − 1, as `decode_bio` counts.
        tail: (start, end) of the second one; it may overlap with the first, or come before it.

    Returns:
        (3 · d,) in the dtype of hidden.

    Raises:
        TypeError: hidden is not a NumPy array of floats, or head or tail not a sequence of integers.
        ValueError: hidden does not have two axes, or head or tail is not a pair with 0 ≤ start < end ≤ n.

    >>> entity_pair_features(np.array([[9.0], [1.0], [3.0], [5.0]]), head=(3, 4), tail=(1, 3)).tolist()
    [9.0, 5.0, 2.0]
    """
    hidden = float_array("hidden", hidden, "(n, d)")
    means = [hidden[_slice(name, span, len(hidden))].mean(axis=0) for name, span in (("head", head), ("tail", tail))]
    return np.concatenate([hidden[0], *means])


def _parts(argument: str, tag: object) -> tuple[str, str]:
    require(isinstance(tag, str), argument, "be a string", kind_of(tag), TypeError)
    prefix, _, label = str(tag).partition("-")
    fits = tag == "O" or (prefix in ("B", "I") and label != "")
    require(fits, argument, "be O, B-label or I-label", repr(tag))
    return prefix, label


def _slice(argument: str, span: object, n: int) -> slice:
    ends = sequence(argument, span, "two integers")
    require(len(ends) == 2, argument, "be a pair (start, end)", f"{len(ends)} entries")
    start, end = (integer(f"{argument}[{place}]", value) for place, value in enumerate(ends))
    require(0 <= start < end <= n, argument, f"have 0 ≤ start < end ≤ {n} (n)", f"({start}, {end})")
    return slice(start, end)
