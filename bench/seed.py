"""Posts to measure with: the same in every run, about 6 KB of Markdown each."""

import datetime as dt
import random
import sys

import django

WORDS = (
    "press paper column headline ink type margin letter reader writer edition morning city river"
    " notes machine street window garden letterpress proof copy desk page print story season"
).split()
PARAGRAPH = 70


def text(number: int) -> str:
    """Return post `number`: headings, prose with links and emphasis, a list and some code."""
    rng = random.Random(number)
    parts = []
    for section in range(5):
        parts.append(f"## Part {section + 1}")
        for _ in range(2):
            words = [rng.choice(WORDS) for _ in range(PARAGRAPH)]
            words[3] = f"*{words[3]}*"
            words[9] = f"[{words[9]}](https://example.org/{words[9]})"
            parts.append(" ".join(words).capitalize() + ".")
        parts.append("\n".join(f"- {rng.choice(WORDS)} and {rng.choice(WORDS)}" for _ in range(4)))
    parts.append("```python\ndef proof(page: str) -> str:\n    return page.strip()\n```")
    return "\n\n".join(parts)


def broadsheet(count: int) -> None:
    """Fill Broadsheet's database."""
    from django.core.management import call_command

    from broadsheet.accounts.models import User
    from broadsheet.posts import actions
    from broadsheet.publication.models import Site

    call_command("migrate", verbosity=0)
    Site.objects.get_or_create(id=1)
    owner = User.objects.create_superuser("owner", "owner@example.org")
    now = dt.datetime.now(dt.UTC)
    posts: list[actions.NewPost] = [
        {
            "title": f"Edition {n}",
            "content": text(n),
            "tags": [WORDS[n % len(WORDS)]],
            "status": "published",
            "pub_date": now - dt.timedelta(hours=n + 1),
        }
        for n in range(count)
    ]
    actions.create_many(posts, by=owner)


def tutorial(count: int) -> None:
    """Fill the tutorials' database."""
    from django.core.management import call_command
    from myapp.models import Post  # type: ignore[import-not-found] # in bench/tutorial

    call_command("migrate", verbosity=0)
    now = dt.datetime.now(dt.UTC)
    Post.objects.bulk_create(
        Post(title=f"Edition {n}", content=text(n), pub_date=now - dt.timedelta(hours=n + 1))
        for n in range(count)
    )


if __name__ == "__main__":
    django.setup()
    {"broadsheet": broadsheet, "tutorial": tutorial}[sys.argv[1]](int(sys.argv[2]))
