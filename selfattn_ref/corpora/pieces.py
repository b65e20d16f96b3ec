"""A vocabulary of pieces, and texts cut into them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from selfattn_ref.validation import require

PAD, BOS, EOS = 0, 1, 2
_SPECIAL = ("<pad>", "<bos>", "<eos>")


@dataclass(frozen=True)
class Pieces:
    """Numbers for the pieces of a language: 0 is padding, 1 begins a sequence, 2 ends it, 3 is the first piece.

    A text is cut from left to right, each time into the longest piece that fits; blanks only separate.

    Attributes:
        pieces: the pieces, in the order of their numbers.

    >>> digits = Pieces("0123456789-")
    >>> digits.encode("2026-11"), digits.decode([1, 5, 3, 2, 0])
    ([5, 3, 5, 9, 13, 4, 4], '20')
    """

    pieces: Sequence[str]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)
    _longest: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require(len(set(self.pieces)) == len(self.pieces), "pieces", "differ from each other", "one of them twice")
        object.__setattr__(self, "_ids", {piece: number for number, piece in enumerate(self.pieces, len(_SPECIAL))})
        object.__setattr__(self, "_longest", max(map(len, self.pieces)))

    def __len__(self) -> int:
        """How many tokens there are, the three special ones included."""
        return len(self.pieces) + len(_SPECIAL)

    def cut(self, text: str) -> list[str]:
        """The pieces of a text.

        Raises:
            ValueError: no piece fits somewhere; the message shows the rest of the text.
        """
        found, place = [], 0
        while place < len(text):
            if text[place].isspace():
                place += 1
                continue
            candidates = (text[place : place + length] for length in range(self._longest, 0, -1))
            piece = next((each for each in candidates if each in self._ids), None)
            require(piece is not None, "text", "consist of known pieces", repr(text[place:]))
            assert piece is not None
            found.append(piece)
            place += len(piece)
        return found

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's pieces, without beginning and end."""
        return [self._ids[piece] for piece in self.cut(text)]

    def decode(self, tokens: Iterable[int]) -> str:
        """The pieces of tokens, joined: from behind a beginning, if there is one, to the first end or padding."""
        text = ""
        for token in tokens:
            if token in (PAD, EOS):
                break
            text += "" if token == BOS else self.names[token]
        return text

    @property
    def names(self) -> list[str]:
        """What to call each token in a picture."""
        return [*_SPECIAL, *self.pieces]
