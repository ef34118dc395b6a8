"""The server, the settings and the administration commands, run as real processes."""
