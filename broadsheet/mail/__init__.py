"""Outgoing mail: written with the change that asks for it, sent in the background."""
