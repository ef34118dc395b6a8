"""Changes through the admin, management commands and background tasks."""

import importlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command, get_commands
from django.db import models
from django.tasks import Task
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from broadsheet.accounts.models import Registration, User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.media.tasks import delete_files, make_variants
from broadsheet.ops.tasks import hourly_cleanup
from broadsheet.pagecache import change_log
from broadsheet.posts import actions as post_actions
from broadsheet.posts.models import Post, Series, Tag
from broadsheet.posts.tasks import carry_out_bulk_change, publish_due, reindex_tagged, relate
from broadsheet.publication.models import Redirect, Site
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.tasks import carry_out
from tests.guarantees.staleness.changes import Changes
from tests.guarantees.staleness.world import DAY, World

type Model = type[models.Model]
CHANGES = Changes()
#: Commands and tasks that do not change the content of the site.
WITHOUT_CHANGES = {
    "command collectstatic", "command config", "command export", "command metrics",
    "command nginx", "command runserver",
    "command serve", "command worker", "task accounts.tasks.send_mail", "task mail.tasks.deliver",
    "task mail.tasks.deliver_due",
    "command backup", "command mail", "command backups", "command deploy", "command rotate-key",
    "command upgrade-check", "task ops.tasks.count", "task transfer.tasks.fail_lost_runs",
    # These change another database, this one while it is not served, or its schema.
    "command migrate", "command move", "command move-media", "command restore",
}  # fmt: skip
#: Models of which visitors see nothing.
HIDDEN_MODELS = (
    "account.", "accounts.Invitation", "accounts.Token", "auth.", "django_ox.", "transfer.",
    "posts.Authorship", "posts.PostTag", "posts.Revision",
)  # fmt: skip


def entry_points() -> set[str]:
    """Return every command, every task, and every change that owners can make in the admin."""
    return _commands() | _tasks() | _admin() - _hidden()


def _commands() -> set[str]:
    apps_ = get_commands().items()
    return {f"command {name}" for name, app in apps_ if app.startswith("broadsheet")}


def _tasks() -> set[str]:
    found = set()
    for tasks_file in Path(apps.get_app_config("public").path).parent.glob("*/tasks.py"):
        module = importlib.import_module(f"broadsheet.{tasks_file.parent.name}.tasks")
        for name, thing in vars(module).items():
            if isinstance(thing, Task) and thing.func.__module__ == module.__name__:
                found.add(f"task {tasks_file.parent.name}.tasks.{name}")
    return found


def _admin() -> set[str]:
    request = RequestFactory().get("/")
    request.user = User(role="owner")
    found = set()
    for model in filter(admin.site.is_registered, apps.get_models()):
        model_admin = admin.site.get_model_admin(model)
        name = model._meta.label
        permissions = {
            "add": model_admin.has_add_permission(request),
            "change": model_admin.has_change_permission(request),
            "delete": model_admin.has_delete_permission(request),
        }
        found |= {f"admin {name} {verb}" for verb, is_allowed in permissions.items() if is_allowed}
        if permissions["change"] or permissions["delete"]:
            verbs = [getattr(action, "__name__", action) for action in model_admin.actions or ()]
            found |= {f"admin {name} {verb}" for verb in verbs}
    return found


def _hidden() -> set[str]:
    return {name for name in _admin() if name.split()[1].startswith(HIDDEN_MODELS)}


class Admin:
    """The admin's forms of a model, used by an owner."""

    def __init__(self, world: World, model: Model) -> None:
        self.browser = Client()
        self.browser.force_login(world.users.owner)
        self.meta = model._meta

    def url(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.meta.app_label}_{self.meta.model_name}_{page}", args=args)

    def save(self, row: models.Model | None, **changes: Any) -> None:
        """Submit the form with its current values and `changes`."""
        url = self.url("change", row.pk) if row else self.url("add")
        form = self.browser.get(url).context["adminform"].form
        values = {name: form[name].value() for name in form.fields}
        sent = {n: "" if v is None else v for n, v in (values | changes).items()}
        response = self.browser.post(url, {n: v for n, v in sent.items() if v is not False})
        assert response.status_code == 302, response.context["adminform"].form.errors

    def delete(self, row: models.Model) -> None:
        """Delete a row."""
        response = self.browser.post(self.url("delete", row.pk), {"post": "yes"})
        assert response.status_code == 302

    def run(self, action: str, *rows: models.Model) -> None:
        """Run an action on rows."""
        sent = {"action": action, "_selected_action": [str(r.pk) for r in rows], "post": "yes"}
        assert self.browser.post(self.url("changelist"), sent).status_code == 302


def _at(
    model: Model, verb: str, do: Callable[[Admin, World], object], *, is_visible: bool = True
) -> None:
    name = f"admin {model._meta.label} {verb}"
    CHANGES.add(name, [name], lambda world: do(Admin(world, model), world), is_visible=is_visible)


_at(Post, "add", lambda a, w: a.save(None, title="New", author_list=[w.users.author.pk]),
    is_visible=False)  # a draft  # fmt: skip
_at(Post, "change", lambda a, w: a.save(w.post(), title="Changed", tag_names="Tea, New"))
_at(Post, "delete", lambda a, w: a.delete(w.post()))
_at(Post, "delete_selected", lambda a, w: a.run("delete_selected", w.post(), w.post("bread")))
_at(Post, "publish", lambda a, w: a.run("publish", w.post("draft"), w.post("hidden")))
_at(Post, "unpublish", lambda a, w: a.run("unpublish", w.post(), w.post("honey")))
_at(Post, "restore", lambda a, w: a.run("restore", w.post("deleted")))
_at(Tag, "add", lambda a, _w: a.save(None, name="New", slug="new"), is_visible=False)
_at(Tag, "change", lambda a, w: a.save(w.tags["tea"], name="Changed", slug="changed"))
_at(Tag, "delete", lambda a, w: a.delete(w.tags["empty"]), is_visible=False)
_at(Series, "add", lambda a, _w: a.save(None, name="New", slug="new"), is_visible=False)
_at(Series, "change", lambda a, w: a.save(w.series["kitchen"], name="Changed"))
_at(Series, "delete", lambda a, w: a.delete(w.series["kitchen"]))
_at(Image, "change", lambda a, w: a.save(w.images["cover"], alt="Changed"))
_at(Image, "delete", lambda a, w: a.delete(w.images["spare"]),
    is_visible=False)  # others are in use  # fmt: skip
_at(Site, "change", lambda a, _w: a.save(Site.objects.get(), tagline="Changed", navigation="[]"))
_at(Redirect, "add", lambda a, _w: a.save(None, old_path="/jam", new_path="/new"), is_visible=False)
_at(Redirect, "change", lambda a, w: a.save(w.redirect, new_path="/new"), is_visible=False)
_at(Redirect, "delete", lambda a, w: a.delete(w.redirect), is_visible=False)
_at(User, "change", lambda a, w: a.save(w.users.author, display_name="Changed", role="reader"))
_at(
    User,
    "deactivate",
    lambda a, w: a.run("deactivate", w.users.silent_author, w.users.author),
)
_at(
    User,
    "reactivate",
    lambda a, w: a.run("reactivate", w.users.silent_author),
    is_visible=False,
)
_at(Registration, "change", lambda a, _w: a.save(_registration(), mode="open"), is_visible=False)


def _registration() -> Registration:
    return Registration.objects.get_or_create(id=1)[0]


@CHANGES.declare("task posts.tasks.publish_due")
def publish_what_is_due(world: World) -> None:
    soon = Post.objects.filter(pk=world.posts["soon"].pk)
    soon.update(pub_date=timezone.now() - DAY)
    publish_due.func(str(world.posts["soon"].pk))


@CHANGES.declare("task posts.tasks.publish_due", is_visible=False)
def publish_what_is_not_due(world: World) -> None:
    publish_due.func(str(world.posts["soon"].pk))


@CHANGES.declare("task posts.tasks.relate", "command relate")
def relate_in_the_background(world: World) -> None:
    call_command("relate", stdout=io.StringIO())
    relate.func()


@CHANGES.declare("task posts.tasks.carry_out_bulk_change")
def change_many_posts(world: World) -> None:
    ids = [world.posts["jam"].pk]
    bulk = post_actions.create_bulk_change(ids, by=world.users.editor, verb="delete")
    carry_out_bulk_change.func(str(bulk.pk))


@CHANGES.declare("task posts.tasks.reindex_tagged", is_visible=False)
def index_the_posts_of_a_tag(world: World) -> None:
    reindex_tagged.func(str(world.tags["tea"].pk))


@CHANGES.declare("task ops.tasks.hourly_cleanup", "task ops.tasks.keep_house", is_visible=False)
def clean_up_only(world: World) -> None:
    hourly_cleanup.func()


@CHANGES.declare("task ops.tasks.hourly_cleanup")
def clean_up_right_after_a_change(world: World) -> None:
    Post.objects.filter(slug="jam").update(title="Changed")
    hourly_cleanup.func()
    change_log.prune(max_rows=1)


@CHANGES.declare("command rerender")
def render_again_by_command(world: World) -> None:
    Post.objects.filter(slug="jam").update(content="Not *rendered* yet")
    call_command("rerender", stdout=io.StringIO())


@CHANGES.declare("command reindex", is_visible=False)
def rebuild_the_search_index(world: World) -> None:
    call_command("reindex", stdout=io.StringIO())


@CHANGES.declare("task media.tasks.make_variants")
def make_variants_in_the_background(world: World) -> None:
    make_variants.func(str(world.images["cover"].pk))


@CHANGES.declare("task media.tasks.delete_files", is_visible=False)
def delete_the_files_of_an_image_in_the_background(world: World) -> None:
    image = world.images["spare"]
    media.delete(image)
    delete_files.func(image.digest)


@CHANGES.declare("command clean-media", is_visible=False)
def clean_the_media(world: World) -> None:
    call_command("clean-media", "--never-used", days=0, stdout=io.StringIO())


@CHANGES.declare("command createsuperuser")
def create_an_owner_by_command(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SUPERUSER_PASSWORD", "x" * 20)
        call_command(
            "createsuperuser", interactive=False, username="eve", email="e@e.example", verbosity=0
        )


_BACKUP = """---
title: "New"
datePublished: Fri Sep 22 2023 06:31:09 GMT+0000 (Coordinated Universal Time)
cuid: cl0000000000008l4abcd1234
slug: new
tags: tea, new
---

Imported.
"""


def _in_folder(do: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cl0000000000008l4abcd1234.md").write_text(_BACKUP)
        do(Path(folder))


@CHANGES.declare("command import")
def import_by_command(world: World) -> None:
    quiet = io.StringIO()
    _in_folder(lambda f: call_command("import", "hashnode", str(f), author="ada", stdout=quiet))


@CHANGES.declare("task transfer.tasks.carry_out")
def import_in_the_background(world: World) -> None:
    owner = world.users.owner
    run = ImportRun.objects.create(author=world.users.author, started_by=owner)
    run.folder.mkdir(parents=True)
    (run.folder / "cl0000000000008l4abcd1234.md").write_text(_BACKUP)
    carry_out.func(str(run.pk))
