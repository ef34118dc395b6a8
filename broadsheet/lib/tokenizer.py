"""Tokenizer and stemmer for keywords of a text."""

import re
import unicodedata
from collections import Counter

MAX_TERM_LENGTH = 40  # characters; longer terms are truncated

# URLs, HTML tags and entities, which say nothing about the subject.
_NOISE = re.compile(r"(?:https?://|www\.)\S+|</?[a-zA-Z][^<>]*>|&#?\w+;")
_WORD = re.compile(r"[^\W\d_](?:[\w-]*\w)?")
_SHORT = 4  # letters; a final s of a word up to this length can be part of the stem
_UNSPACED = re.compile(  # Chinese, Japanese, Korean; Thai, Lao, Burmese, Khmer
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"
)


def count_terms(text: str) -> Counter[str]:
    """Count the terms in `text`, Markdown or plain.

    Terms are lowercase words; plurals in -s count as their singulars. Scripts without spaces
    between words yield pairs of characters.
    """
    spaced = _NOISE.sub(" ", unicodedata.normalize("NFKC", text)).casefold()
    terms = Counter(_stem(word) for word in _WORD.findall(_UNSPACED.sub(" ", spaced)))
    for run in _UNSPACED.findall(spaced):
        terms.update(run[i : i + 2] for i in range(len(run) - 1))
    return Counter({term: n for term, n in terms.items() if len(term) > 1})


def _stem(word: str) -> str:
    if len(word) > _SHORT and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:MAX_TERM_LENGTH]
