"""Errors of copying."""


class CopyError(Exception):
    """The copy failed. The message, one line, names the cause and a solution."""
