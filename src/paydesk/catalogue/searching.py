"""Finds goods by words: parts of words count, case and accents do not."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from paydesk.catalogue.goods import Goods

LONGEST_QUERY = 100
_MOST_WORDS = 8
# Comparing spellings takes time; no shop has more words that are typed wrong.
_MOST_COMPARED = 3000
_WORD = re.compile(r"[^\W_]+")
# Letters that Unicode takes for letters of their own, not for ones with an accent.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(text: str) -> str:
    """`text` without the difference of case and accents: "Lötkolben" is "lotkolben"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in apart if not unicodedata.combining(each))
    return plain.translate(_PLAIN)


def words_of(query: str) -> list[str]:
    """The words that are looked for."""
    return _WORD.findall(fold(query[:LONGEST_QUERY]))[:_MOST_WORDS]


def search(goods: Iterable[Goods], query: str) -> list[Goods]:
    """Those in which every word of `query` stands, the likeliest first; none for no words."""
    words = words_of(query)
    if not words:
        return []
    found = [each for each in goods if all(word in each.folded for word in words)]
    # Sorting keeps the merchant's order among equals.
    return sorted(found, key=lambda each: _distance(each, words))


def _distance(goods: Goods, words: Sequence[str]) -> int:
    """How far from the name what is looked for stands."""
    name = goods.folded_name
    if name.startswith(" ".join(words)):
        return 0
    in_name = [word for word in words if word in name]
    if len(in_name) == len(words):
        begun = set(_WORD.findall(name))
        return 1 if all(any(each.startswith(word) for each in begun) for word in words) else 2
    return 3 if in_name else 4


def suggest(goods: Sequence[Goods], query: str, count: int) -> list[Goods]:
    """What somebody may have meant who found nothing: one of the words, or one spelled alike."""
    words = words_of(query)
    close = _spelled_alike(goods, words)
    partly = [
        each
        for each in goods
        if any(word in each.folded for word in words)
        or any(word in each.folded_name for word in close)
    ]
    others = sorted(goods, key=lambda each: not each.is_featured)
    return list(dict.fromkeys((*partly, *others)))[:count]


def _spelled_alike(goods: Sequence[Goods], words: Sequence[str]) -> set[str]:
    known = {word for each in goods for word in _WORD.findall(each.folded_name)}
    some = sorted(known)[:_MOST_COMPARED]
    return {
        close for word in words for close in difflib.get_close_matches(word, some, n=3, cutoff=0.7)
    }
