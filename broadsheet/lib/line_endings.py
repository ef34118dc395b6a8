"""Line endings of texts that browsers send.

Browsers turn all line endings of a form field into CRLF (HTML, section 4.10.22), so what a text had
before is known only from its last version.
"""

import re

_LINE_ENDING = re.compile(r"\r\n|\r|\n")


def restore_line_endings(sent: str, before: str) -> str:
    """Return `sent` with the line endings of `before`.

    The lines that both start with and both end with keep their endings. Lines between them, which
    were edited, get the first line ending of `before`.
    """
    if "\r" not in before:
        return sent.replace("\r\n", "\n")
    lines, old_lines = _LINE_ENDING.split(sent), _LINE_ENDING.split(before)
    endings = _LINE_ENDING.findall(before)
    limit = min(len(lines), len(old_lines))
    head = 0
    while head < limit - 1 and lines[head] == old_lines[head]:
        head += 1
    tail = 0
    while tail < limit - 1 - head and lines[-1 - tail] == old_lines[-1 - tail]:
        tail += 1
    edited = len(lines) - 1 - head - tail
    new_endings = [*endings[:head], *[endings[0]] * edited, *endings[len(endings) - tail :], ""]
    return "".join(line + ending for line, ending in zip(lines, new_endings, strict=True))
