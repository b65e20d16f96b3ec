import pytest

from selfattn_ref.corpora.pieces import Pieces

NUMBERS = Pieces(["acht", "achtzig", "und", "sieben"])


def test_the_longest_piece_wins():
    assert NUMBERS.cut("siebenundachtzig acht") == ["sieben", "und", "achtzig", "acht"]


def test_numbers_begin_behind_the_special_tokens():
    assert NUMBERS.encode("achtacht") == [3, 3]
    assert len(NUMBERS) == 7
    assert NUMBERS.names[:4] == ["<pad>", "<bos>", "<eos>", "acht"]


def test_decode_stops_at_the_end_and_skips_the_beginning():
    assert NUMBERS.decode([1, 6, 5, 2, 3]) == "siebenund"
    assert NUMBERS.decode([6, 0, 3]) == "sieben"
    assert NUMBERS.decode([]) == ""


def test_unknown_text_is_shown():
    with pytest.raises(ValueError, match="text must consist of known pieces, got 'zig'"):
        NUMBERS.cut("acht zig")


def test_a_piece_twice_is_refused():
    with pytest.raises(ValueError, match="pieces must differ"):
        Pieces(["a", "a"])
