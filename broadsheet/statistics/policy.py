"""Permissions on statistics: who can edit a post can see how often it was viewed."""

from broadsheet.posts import policy as posts

#: Authors see the statistics of their own posts, editors and owners those of all posts.
can_view = posts.can_create
counted_posts = posts.editable_posts
get_counted = posts.get_editable
