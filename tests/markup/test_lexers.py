"""Lexers whose rules are tried at once find what Pygments' own find."""

import pytest
from pygments.lexers import get_lexer_by_name

from broadsheet.markup import lexers

CODE = """
def f(a: int = 0x1F) -> str:  # why
    return f"{a!r:>{3}} 'q'" + r'\\d' * (a or None)
const x = async ({ b }) => `/${b}/${1 + 2}`; /re+/gi.test("s"); // é
a: &b [1, 'two', *b]
<div class="x" id=y>&amp;</div> <!-- c -->
$ echo "$HOME" | sed 's/a/b/' && cat <<EOF
text
EOF
SELECT "a", count(*) FROM t WHERE b = 'it''s';
"""


@pytest.mark.parametrize(
    "language",
    "python javascript typescript jsx bash console yaml json html css sql ruby csharp go rust"
    " java kotlin php terraform docker diff toml markdown perl swift".split(),
)
def test_joined_rules_find_the_same_tokens(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexers, "_OFTEN", -1)
    lexers.named.cache_clear()
    try:
        ours = lexers.named(language)
    finally:
        lexers.named.cache_clear()
    theirs = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    assert ours is not None
    for _twice in range(2):
        assert list(ours.get_tokens(CODE)) == list(theirs.get_tokens(CODE))
