"""Numbers as they are said in dates: days of a month and years, in English and in German."""

from __future__ import annotations

words = str.split  # long lists of words are easiest to read as a text

_ENGLISH = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ENGLISH_TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
_ENGLISH_ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}

_GERMAN = words(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
)
_GERMAN_TENS = {
    **{2: "zwanzig", 3: "dreißig", 4: "vierzig", 5: "fünfzig"},
    **{6: "sechzig", 7: "siebzig", 8: "achtzig", 9: "neunzig"},
}
_GERMAN_ORDINALS = {1: "ersten", 3: "dritten", 7: "siebten", 8: "achten"}


def english_ordinal(day: int) -> str:
    """The day of a month, 1 to 31, as a word.

    >>> english_ordinal(3), english_ordinal(20), english_ordinal(21)
    ('third', 'twentieth', 'twenty-first')
    """
    tens, ones = divmod(day, 10)
    if day < 20:
        return _ENGLISH_ORDINALS.get(day, f"{_ENGLISH[day]}th")
    if ones == 0:
        return f"{_ENGLISH_TENS[tens][:-1]}ieth"
    return f"{_ENGLISH_TENS[tens]}-{english_ordinal(ones)}"


def english_year(year: int) -> str:
    """A year from 1900 to 2099 as it is said.

    >>> [english_year(year) for year in (1900, 1987, 2005)]
    ['nineteen hundred', 'nineteen eighty-seven', 'two thousand five']
    """
    century, rest = divmod(year, 100)
    if year < 2000:
        return f"nineteen {'hundred' if rest == 0 else f'oh {_ENGLISH[rest]}' if rest < 10 else _english(rest)}"
    if rest < 10:
        return "two thousand" + (f" {_ENGLISH[rest]}" if rest else "")
    return f"{_english(century)} {_english(rest)}"


def _english(number: int) -> str:
    """1 to 99."""
    tens, ones = divmod(number, 10)
    if number < 20:
        return _ENGLISH[number]
    return _ENGLISH_TENS[tens] + (f"-{_ENGLISH[ones]}" if ones else "")


def german_ordinal(day: int) -> str:
    """The day of a month, 1 to 31, as it stands behind "am".

    >>> german_ordinal(3), german_ordinal(21)
    ('dritten', 'einundzwanzigsten')
    """
    if day < 20:
        return _GERMAN_ORDINALS.get(day, f"{_GERMAN[day]}ten")
    return f"{_german(day)}sten"


def german_year(year: int) -> str:
    """A year from 1900 to 2099 as it is said; the ones come before the tens.

    >>> [german_year(year) for year in (1900, 1987, 2001)]
    ['neunzehnhundert', 'neunzehnhundertsiebenundachtzig', 'zweitausendeins']
    """
    rest = year % 100
    last = "" if rest == 0 else "eins" if rest == 1 else _german(rest)
    return ("neunzehnhundert" if year < 2000 else "zweitausend") + last


def _german(number: int) -> str:
    """2 to 99, and 1 as it stands before "und"."""
    tens, ones = divmod(number, 10)
    if number < 20:
        return _GERMAN[number]
    return (f"{_GERMAN[ones]}und" if ones else "") + _GERMAN_TENS[tens]
