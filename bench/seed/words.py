"""Random words with a realistic (Zipf) frequency distribution."""

import random
from collections.abc import Sequence
from itertools import accumulate

COMMON = (
    "the of and to in a is that for it as was with be by on not he this are or his from at which"
    " but have an had they you were their one all we can her has there been if more when will"
    " would who so no out up into than them only some time could these may then do first any my"
    " now such like our over man me even most made after also did many before must through back"
    " years where much your way well down should because each just those people how too little"
    " state good very make world still own see men work long get here between both life being"
    " under never day same another know while last might us great old year off come since against"
    " go came right used take three paper press reader city river garden letter night street"
).split()
_ONSETS = "b br c ch d dr f fl g gr h j k l m n p pl pr qu r s sh sl st t th tr v w".split()
_VOWELS = "a e i o u ai ea ie oo ou".split()
_CODAS = ["", "", "l", "m", "n", "nd", "r", "rt", "s", "st", "t"]
CJK = (
    "新聞の紙面を組むときはまず見出しの大きさを決める",
    "印刷所の朝は早く活字の匂いがまだ残っている",
    "读者在早晨打开报纸时首先看到的是标题和图片",
    "数据库索引可以让搜索在一百万篇文章中保持快速",
    "독자는 아침에 신문을 펼치고 제목을 먼저 읽는다",
)


def vocabulary(size: int, rng: random.Random) -> list[str]:
    """Return `size` different words, common ones first."""
    words = dict.fromkeys(COMMON)
    while len(words) < size:
        syllables = rng.choice((1, 2, 2, 3, 3, 4))
        parts = (
            rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(syllables)
        )
        words["".join(parts)] = None
    return list(words)[:size]


class Zipf[Thing]:
    """Random choice with frequencies by Zipf's law: 1/n for the n-th thing."""

    def __init__(self, things: Sequence[Thing], rng: random.Random) -> None:
        self._things, self._rng = things, rng
        self._sums = list(accumulate(1 / n for n in range(1, len(things) + 1)))

    def some(self, count: int) -> list[Thing]:
        """Return `count` random things, possibly with repetitions."""
        return self._rng.choices(self._things, cum_weights=self._sums, k=count)
