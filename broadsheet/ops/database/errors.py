"""Why a move does not go on."""


class CopyError(Exception):
    """It cannot be done so. The message is one line that says what is wrong and the way out."""
