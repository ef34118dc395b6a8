"""What goes wrong with a backup or a restore, in one line that names the way out."""


class BackupError(Exception):
    """It cannot be done. The message names the thing and the way out, in one line."""
