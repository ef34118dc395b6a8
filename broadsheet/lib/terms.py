"""The words of a text that may say what it is about."""

import re
import unicodedata
from collections import Counter

LONGEST = 40  # characters of a term that are kept

# Addresses, tags and entities of HTML, which say nothing of the subject.
_NOISE = re.compile(r"(?:https?://|www\.)\S+|</?[a-zA-Z][^<>]*>|&#?\w+;")
_WORD = re.compile(r"[^\W\d_](?:[\w-]*\w)?")
_SHORT = 4  # letters of a word whose last s may be anything
_UNSPACED = re.compile(  # Chinese, Japanese, Korean; Thai, Lao, Burmese, Khmer
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"
)


def count(text: str) -> Counter[str]:
    """Return how often each term occurs in `text`, Markdown or plain.

    Terms are words in lower case, plurals in -s with their singulars. Scripts that put no spaces
    between words give pairs of signs.
    """
    spaced = _NOISE.sub(" ", unicodedata.normalize("NFKC", text)).casefold()
    terms = Counter(_stem(word) for word in _WORD.findall(_UNSPACED.sub(" ", spaced)))
    for run in _UNSPACED.findall(spaced):
        terms.update(run[i : i + 2] for i in range(len(run) - 1))
    return Counter({term: n for term, n in terms.items() if len(term) > 1})


def _stem(word: str) -> str:
    if len(word) > _SHORT and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:LONGEST]
