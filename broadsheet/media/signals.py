"""Signals about images, sent in the transaction of the change, with `image`."""

from django.dispatch import Signal

#: A new image was uploaded.
image_uploaded = Signal()

#: An image is about to be deleted and is locked. A receiver refuses by raising ValidationError.
image_deleting = Signal()

#: An image was deleted; its files are not yet.
image_deleted = Signal()
