"""Outgoing mail: queued in the transaction of the change that causes it, sent by the worker."""
