"""News of posts. Each is sent inside the transaction of the change, with `post` and `by`.

A receiver that raises undoes the change, so receivers write rows (or enqueue tasks) and no more.
"""

from django.dispatch import Signal

#: A post became readable by anyone: published, unlisted or archived.
post_published = Signal()

#: A post will be published by itself at its `pub_date`.
post_scheduled = Signal()

#: A post was published or scheduled and is a draft again.
post_unpublished = Signal()

#: A new version of a post was saved. Also gets `before`, the slug it had.
post_changed = Signal()

#: A post was deleted; it can still be restored.
post_deleted = Signal()

#: A deleted post was brought back.
post_restored = Signal()

#: What the lists and the search show of `posts` (ids, a whole import's batch at once) may have
#: changed: their texts, their tags, or whether they are shown. Has no `by`.
posts_relisted = Signal()
