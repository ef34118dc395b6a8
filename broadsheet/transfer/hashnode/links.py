"""Addresses that Hashnode read and CommonMark reads otherwise or not at all."""

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
    """Return prose with its addresses as CommonMark reads them."""
    if "\\" in text and ("://" in text or "www." in text):
        text = _BARE.sub(_unescaped, text)
    if "\\_" in text and "@" in text:
        text = _MAIL.sub(lambda match: match[0].replace("\\_", "_"), text)
    return _images(text) if "](" in text and "![" in text else text


def _unescaped(match: re.Match[str]) -> str:
    """Return a bare address without escapes, which the editor wrote into it.

    Where its characters could mean something, it is put into angle brackets, in which none does.
    """
    address = match[0]
    if "\\" not in address:
        return address
    end = len(address)
    while end and (address[end - 1] in _TRAILING or _closes_more(address[:end])):
        end -= 2 if address[end - 2 : end - 1] == "\\" else 1
    plain = _ESCAPE.sub(r"\1", address[:end])
    if plain == address[:end]:
        return address
    is_label = match.string[match.start() - 1 : match.start()] in {"[", "<"}
    # Behind a bare address a further escape would be read as part of it.
    is_risky = address[end : end + 1] == "\\" or re.search(r"[*~`\[\]\\]|\W_|_\W|_$", plain)
    if not is_risky or is_label:
        return plain + address[end:]
    scheme = "" if "://" in plain else "http://"
    return f"<{scheme}{plain}>{address[end:]}"


def _closes_more(address: str) -> bool:
    """Whether an address ends in a bracket that opened before it."""
    for opening, closing in ("()", "[]"):
        if address.endswith(closing) and address.count(closing) > address.count(opening):
            return True
    return False


def _images(text: str) -> str:
    """Return `text` with the addresses of images so that CommonMark finds where they end.

    That is those with spaces in them, and those in angle brackets with attributes behind them.
    """
    parts: list[str] = []
    done = 0
    for match in _IMAGE.finditer(text):
        start = match.end()
        if start < done:
            continue
        address, end = _bracketed(text, start) if text[start] == "<" else _spaced(text, start)
        if address:
            parts += [text[done:start], address]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _bracketed(text: str, start: int) -> tuple[str, int]:
    """Return the address in angle brackets and where it ends; "" where CommonMark reads it."""
    end = text.find(">", start, start + _LONGEST)
    if end < 0 or "\n" in text[start:end] or not _ATTRIBUTES.match(text, end + 1):
        return "", start
    return _quoted(text[start + 1 : end]), end + 1


def _spaced(text: str, start: int) -> tuple[str, int]:
    """Return the address with spaces and where it ends; "" where it has none, or no end."""
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
    return (_quoted(text[start:at]), at) if space and depth <= 0 else ("", start)


def _quoted(address: str) -> str:
    """Return the address without what would end it: spaces, and parentheses without a partner."""
    address = re.sub(r"\s", "%20", address.strip())
    if address.count("(") != address.count(")"):
        address = address.replace("(", "%28").replace(")", "%29")
    return address
