"""URLs that Hashnode parses but CommonMark parses differently or not at all."""

import re

_BARE = re.compile(r"(?<!\]\()(?<![\w\"'=/\\.@-])(?:https?://|www\.)[^\s<>\"]{1,3000}")
_MAIL = re.compile(r"(?<![\w.+\\-])(?:[\w.+-]++\\_)++[\w.+-]*+@(?=\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_TRAILING = ".,:;!?*_~'"
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,1000}+\]\([ \t]{0,9}+(?=<?https?://)")
_ATTRIBUTES = re.compile(r"((?:[ \t]{1,9}+[a-z]{1,20}+=\"[^\"\n]{0,500}+\")++)[ \t]{0,9}+\)")
_END = re.compile(r"[ \t]{1,9}+(?:\"[^\"\n]{0,500}+\"|'[^'\n]{0,500}+')[ \t]{0,9}+\)")
_LONGEST = 3_000


def convert(text: str) -> str:
    """Rewrite the URLs in prose so that CommonMark parses them."""
    if "\\" in text and ("://" in text or "www." in text):
        text = _BARE.sub(_unescape, text)
    if "\\_" in text and "@" in text:
        text = _MAIL.sub(lambda match: match[0].replace("\\_", "_"), text)
    return _images(text) if "](" in text and "![" in text else text


def _unescape(match: re.Match[str]) -> str:
    """Return a bare URL without the escapes that the editor added.

    If its characters could be Markdown syntax, it is put into angle brackets, where none is.
    """
    url = match[0]
    if "\\" not in url:
        return url
    end = len(url)
    while end and (url[end - 1] in _TRAILING or _has_unopened_bracket(url[:end])):
        end -= 2 if url[end - 2 : end - 1] == "\\" else 1
    plain = _ESCAPE.sub(r"\1", url[:end])
    if plain == url[:end]:
        return url
    is_label = match.string[match.start() - 1 : match.start()] in {"[", "<"}
    # A further escape after a bare URL would be parsed as part of it.
    is_risky = url[end : end + 1] == "\\" or re.search(r"[*~`\[\]\\]|\W_|_\W|_$", plain)
    if not is_risky or is_label:
        return plain + url[end:]
    scheme = "" if "://" in plain else "http://"
    return f"<{scheme}{plain}>{url[end:]}"


def _has_unopened_bracket(url: str) -> bool:
    """Return whether a URL ends in a bracket that was opened before it."""
    for opening, closing in ("()", "[]"):
        if url.endswith(closing) and url.count(closing) > url.count(opening):
            return True
    return False


def _images(text: str) -> str:
    """Rewrite image URLs so that CommonMark finds their end.

    These are URLs with spaces, and URLs in angle brackets followed by attributes.
    """
    parts: list[str] = []
    done = 0
    for match in _IMAGE.finditer(text):
        start = match.end()
        if start < done:
            continue
        url, end = _bracketed(text, start) if text[start] == "<" else _spaced(text, start)
        if url:
            parts += [text[done:start], url]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _bracketed(text: str, start: int) -> tuple[str, int]:
    """Return the URL in angle brackets and its end; "" if CommonMark parses it."""
    end = text.find(">", start, start + _LONGEST)
    if end < 0 or "\n" in text[start:end] or not _ATTRIBUTES.match(text, end + 1):
        return "", start
    return _quote(text[start + 1 : end]), end + 1


def _spaced(text: str, start: int) -> tuple[str, int]:
    """Return the URL with spaces and its end; "" if it has no spaces or no end."""
    depth = 0
    space = False
    for at in range(start, min(len(text), start + _LONGEST)):
        sign = text[at]
        if sign in " \t":
            if depth == 0 and (_ATTRIBUTES.match(text, at) or _END.match(text, at)):
                break
            space = True
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth < 0:
                break
        elif sign in "\n<>[":
            return "", start
    else:
        return "", start
    return (_quote(text[start:at]), at) if space and depth <= 0 else ("", start)


def _quote(url: str) -> str:
    """Percent-encode what would end the URL: spaces and unbalanced parentheses."""
    url = re.sub(r"\s", "%20", url.strip())
    if url.count("(") != url.count(")"):
        url = url.replace("(", "%28").replace(")", "%29")
    return url
