"""Changes of posts: `posts.actions.publish(post, by=user)` and the like.

The site, the API, the importers and the admin all change posts through these. Each action is one
transaction: it locks the post, checks, changes, updates lists and search index, sends signals and
returns the changed post.
"""

from broadsheet.posts.actions.autosave import Autosave, PostTexts, autosave, discard, update
from broadsheet.posts.actions.bulk import (
    continue_bulk_change,
    create_bulk_change,
    delete_old_bulk_changes,
    undo_bulk_change,
)
from broadsheet.posts.actions.create import create, create_many
from broadsheet.posts.actions.delete import delete, restore
from broadsheet.posts.actions.edit import edit
from broadsheet.posts.actions.index_sync import author_key, reindex, tag_key
from broadsheet.posts.actions.input import COLUMNS, EditConflictError, NewPostInput, PostInput
from broadsheet.posts.actions.preview_links import create_preview_link, revoke_preview_link
from broadsheet.posts.actions.publish import archive, publish, reinstate, unlist, unpublish
from broadsheet.posts.actions.related import relate_some, request_all_related, request_related
from broadsheet.posts.actions.rerender import rerender
from broadsheet.posts.actions.revisions import RESTORED_FIELDS, name_revision, restore_revision
from broadsheet.posts.actions.series import delete_series, edit_series, sort_series
from broadsheet.posts.actions.tags import delete_tag, edit_tag, merge_tag, reindex_tagged

__all__ = [
    "COLUMNS",
    "RESTORED_FIELDS",
    "Autosave",
    "EditConflictError",
    "NewPostInput",
    "PostInput",
    "PostTexts",
    "archive",
    "author_key",
    "autosave",
    "continue_bulk_change",
    "create",
    "create_bulk_change",
    "create_many",
    "create_preview_link",
    "delete",
    "delete_old_bulk_changes",
    "delete_series",
    "delete_tag",
    "discard",
    "edit",
    "edit_series",
    "edit_tag",
    "merge_tag",
    "name_revision",
    "publish",
    "reindex",
    "reindex_tagged",
    "reinstate",
    "relate_some",
    "request_all_related",
    "request_related",
    "rerender",
    "restore",
    "restore_revision",
    "revoke_preview_link",
    "sort_series",
    "tag_key",
    "undo_bulk_change",
    "unlist",
    "unpublish",
    "update",
]
