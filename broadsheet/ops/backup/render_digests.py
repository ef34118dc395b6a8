"""Pages rendered as for readers, in a process of its own that prints their digests."""

import hashlib
import json
import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from broadsheet.pagecache.models import Change
from broadsheet.posts.models import Post

PAGES = 10


def main(paths: list[str]) -> None:
    """Print a JSON object: of each of `paths` the status and the SHA-256 of the page.

    Without paths, of ten posts by chance, and under "" the newest change that the database has.
    """
    said: dict[str, object] = {}
    if not paths:
        said[""] = Change.objects.order_by("-id").values_list("id", flat=True).first() or 0
        some = Post.objects.published().order_by("?")[:PAGES]
        paths = [post.get_absolute_url() for post in some]
    client = Client(SERVER_NAME=str(urlsplit(settings.SITE_URL).hostname))
    for path in paths:
        answer = client.get(path, secure=settings.HTTPS)
        said[path] = [answer.status_code, hashlib.sha256(answer.content).hexdigest()]
    sys.stdout.write(json.dumps(said))
