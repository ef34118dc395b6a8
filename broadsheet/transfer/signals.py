"""Signals of imports, sent inside the transaction of the change."""

from django.dispatch import Signal

#: The owner requested an import or resumed one. Argument: `run`.
import_requested = Signal()
