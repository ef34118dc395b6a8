"""What is known of storage without asking which it is."""


class Gone(OSError):
    """Files can be neither read nor written at the moment. The message says why, in one line."""
