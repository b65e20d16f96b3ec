import pytest

from selfattn_ref.corpora.number_words import english_ordinal, english_year, german_ordinal, german_year


@pytest.mark.parametrize(
    ("day", "english", "german"),
    [
        (1, "first", "ersten"),
        (2, "second", "zweiten"),
        (4, "fourth", "vierten"),
        (7, "seventh", "siebten"),
        (8, "eighth", "achten"),
        (12, "twelfth", "zwölften"),
        (16, "sixteenth", "sechzehnten"),
        (17, "seventeenth", "siebzehnten"),
        (20, "twentieth", "zwanzigsten"),
        (21, "twenty-first", "einundzwanzigsten"),
        (30, "thirtieth", "dreißigsten"),
        (31, "thirty-first", "einunddreißigsten"),
    ],
)
def test_ordinal(day, english, german):
    assert (english_ordinal(day), german_ordinal(day)) == (english, german)


@pytest.mark.parametrize(
    ("year", "english", "german"),
    [
        (1901, "nineteen oh one", "neunzehnhunderteins"),
        (1916, "nineteen sixteen", "neunzehnhundertsechzehn"),
        (1921, "nineteen twenty-one", "neunzehnhunderteinundzwanzig"),
        (1970, "nineteen seventy", "neunzehnhundertsiebzig"),
        (2000, "two thousand", "zweitausend"),
        (2009, "two thousand nine", "zweitausendneun"),
        (2010, "twenty ten", "zweitausendzehn"),
        (2099, "twenty ninety-nine", "zweitausendneunundneunzig"),
    ],
)
def test_year(year, english, german):
    assert (english_year(year), german_year(year)) == (english, german)
