"""Script that renders pages as for anonymous visitors, and prints their digests."""

import hashlib
import json
import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from broadsheet.pagecache.models import Change
from broadsheet.posts.models import Post

MAX_PAGES = 10


def main(paths: list[str]) -> None:
    """Print a JSON object with the status and the SHA-256 of each page in `paths`.

    Without paths, use ten random posts, and add the newest change in the database under "".
    """
    digests: dict[str, object] = {}
    if not paths:
        digests[""] = Change.objects.order_by("-id").values_list("id", flat=True).first() or 0
        posts = Post.objects.published().order_by("?")[:MAX_PAGES]
        paths = [post.get_absolute_url() for post in posts]
    client = Client(SERVER_NAME=str(urlsplit(settings.SITE_URL).hostname))
    for path in paths:
        response = client.get(path, secure=settings.HTTPS)
        digests[path] = [response.status_code, hashlib.sha256(response.content).hexdigest()]
    sys.stdout.write(json.dumps(digests))
