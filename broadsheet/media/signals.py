"""Signals about images, sent in the transaction of the change, with `image`."""

from django.dispatch import Signal

#: A new image was uploaded.
image_uploaded = Signal()
