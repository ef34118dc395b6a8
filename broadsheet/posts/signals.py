"""Signals about posts. Each is sent inside the transaction of the change.

A receiver that raises rolls the change back, so receivers write rows or enqueue tasks, and no more.
`by` is the user who made the change, None for the scheduler.
"""

from django.dispatch import Signal

#: A post first became public by decision of a user or the scheduler. Sent once per post: never
#: for imports, unlisting, archiving or publishing again. Provides `post`, `by`.
post_published = Signal()

#: A post that has been published changed while anyone can read it, or can be read again: its text,
#: slug, status or date. Provides `post`, `by` and `old_slug`, which equals the slug unless that
#: changed.
post_updated = Signal()

#: A post that has been published can no longer be read: it is a draft again, scheduled or deleted.
#: Provides `post`, `by`.
post_withdrawn = Signal()

#: An import created these posts, or published them because their source did. Provides `posts`
#: (ids, a whole batch at once), `by`.
posts_imported = Signal()

#: A post will be published at its `pub_date`, which may have changed. Provides `post`, `by`.
post_scheduled = Signal()

#: A post was deleted; it can still be restored. Provides `post`, `by`.
post_deleted = Signal()

#: A deleted post was restored. Provides `post`, `by`.
post_restored = Signal()

#: A bulk change is to be carried out or undone. Provides `bulk_change`.
bulk_change_requested = Signal()

#: The posts of a tag have it under another name, or have just got it from a merged tag: the search
#: index is out of date. Provides `tag`.
tag_changed = Signal()

#: The lists and the search may show `posts` differently (ids, a whole import's batch at once):
#: their texts or tags changed, or whether they are listed. Provides `posts`.
posts_relisted = Signal()
