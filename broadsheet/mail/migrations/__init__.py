"""The tables of outgoing mail."""
