"""Seeds the tutorial app's database with the same posts."""

from django.core.management import call_command
from django.db import connection


def fill(source: str, *, most: int) -> None:
    """Copy the newest `most` published posts (-1: all) from Broadsheet's SQLite file `source`."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ATTACH DATABASE %s AS broadsheet", [source])
        cursor.execute(
            "INSERT INTO myapp_post (title, content, pub_date)"
            " SELECT title, content, pub_date FROM broadsheet.posts_post"
            " WHERE status = 'published' AND deleted_at IS NULL ORDER BY pub_date DESC LIMIT %s",
            [most],
        )
