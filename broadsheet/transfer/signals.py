"""News of imports, sent inside the transaction of the change."""

from django.dispatch import Signal

#: The owner asked for an import, or for one to go on. Comes with `run`.
import_asked_for = Signal()
