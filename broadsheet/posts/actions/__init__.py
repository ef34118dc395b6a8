"""What changes posts: `posts.actions.publish(post, by=user)` and its siblings.

Every change of a post goes through here, whichever door it comes from: one transaction, a
revision, the lists and the search index brought up to date, and the news announced.
"""

from broadsheet.posts.actions.cuts import cut_sitemaps
from broadsheet.posts.actions.delete import delete, restore
from broadsheet.posts.actions.fields import Conflict, Fields, NewPost
from broadsheet.posts.actions.listing import author_key, reindex, tag_key
from broadsheet.posts.actions.publish import archive, publish, unlist, unpublish
from broadsheet.posts.actions.related import ask_for_all_related, ask_for_related, relate_some
from broadsheet.posts.actions.rerender import rerender
from broadsheet.posts.actions.write import create, create_many, edit

__all__ = [
    "Conflict",
    "Fields",
    "NewPost",
    "archive",
    "ask_for_all_related",
    "ask_for_related",
    "author_key",
    "create",
    "create_many",
    "cut_sitemaps",
    "delete",
    "edit",
    "publish",
    "reindex",
    "relate_some",
    "rerender",
    "restore",
    "tag_key",
    "unlist",
    "unpublish",
]
