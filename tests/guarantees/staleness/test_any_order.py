"""Random changes in any order, through every entry point: no cached page is stale."""

from itertools import chain
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from broadsheet.posts.actions import EditConflictError
from broadsheet.posts.models import Post
from tests.guarantees.staleness import by_actions, by_entry_points, by_rows
from tests.guarantees.staleness.changes import Change
from tests.guarantees.staleness.conftest import CachedSite

CHANGES = [
    *chain(by_actions.CHANGES.values(), by_entry_points.CHANGES.values(), by_rows.CHANGES.values())
]
#: Errors of changes that earlier changes have made impossible.
REFUSED = (
    AssertionError, EditConflictError, DatabaseError, ObjectDoesNotExist, PermissionDenied,
    ValidationError,
)  # fmt: skip
USERS = ("owner", "editor", "author", "another_author", "former_author", "reader")
POSTS = ("newest", "jam", "honey", "bread", "lone", "hidden", "shelved", "draft", "deleted")
VERBS = ("publish", "unlist", "archive", "unpublish", "delete", "restore")
PATCHES: tuple[dict[str, object], ...] = (
    {"title": "Changed"}, {"title": "Again"}, {"slug": "new"}, {"slug": "jam"}, {"slug": "studio"},
    {"tags": ["Tea", "New"]}, {"tags": []}, {"series": "Kitchen"}, {"series": ""},
    {"content": "# Changed"}, {"pub_date": "2025-12-31T23:59:59Z"}, {"authors": ["bob", "ada"]},
)  # fmt: skip

who = st.sampled_from(USERS)
which = st.sampled_from(POSTS)
changes = st.sampled_from(CHANGES)


class RolledBackError(Exception):
    """Rolls a transaction back."""


class Site(RuleBasedStateMachine):
    """A site that many users change."""

    def __init__(self, cached_site: CachedSite) -> None:
        super().__init__()
        self.cached_site = cached_site
        cached_site.reset()
        self.browsers = {name: Client() for name in USERS}
        for name, browser in self.browsers.items():
            browser.force_login(getattr(cached_site.world.users, name))

    def do(self, change: Change) -> None:
        """Apply a change, if it is still possible."""
        try:
            with transaction.atomic():
                change.apply(self.cached_site.world)
        except REFUSED:
            hypothesis.event("refused")

    @rule(change=changes)
    def apply_a_change(self, change: Change) -> None:
        self.do(change)

    @rule(chosen=st.lists(changes, min_size=2, max_size=4), is_rolled_back=st.booleans())
    def apply_changes_in_one_transaction(self, chosen: list[Change], is_rolled_back: bool) -> None:
        try:
            with transaction.atomic():
                for change in chosen:
                    self.do(change)
                if is_rolled_back:
                    raise RolledBackError
        except RolledBackError:
            pass

    @rule(before=changes, within=changes)
    def roll_back_a_savepoint(self, before: Change, within: Change) -> None:
        with transaction.atomic():
            self.do(before)
            try:
                with transaction.atomic():
                    self.do(within)
                    raise RolledBackError
            except RolledBackError:
                pass

    @rule(name=who, post=which, verb=st.sampled_from(VERBS))
    def press_a_button_in_the_studio(self, name: str, post: str, verb: str) -> None:
        url = f"/studio/posts/{self.cached_site.world.posts[post].pk}/{verb}"
        self.check(self.browsers[name].post(url, {"version": "1"}))

    @rule(name=who, post=which, title=st.sampled_from(["Changed", "Again", ""]), tags=st.booleans())
    def save_a_post_in_the_studio(self, name: str, post: str, title: str, tags: bool) -> None:
        post_now = Post.objects.filter(pk=self.cached_site.world.posts[post].pk).first()
        if post_now is None:
            return
        data = {
            "title": title, "slug": post_now.slug, "content": "Written in the studio.",
            "version": post_now.version, "tags": "Tea, New" if tags else "", "shows_contents": "on",
        }  # fmt: skip
        self.check(self.browsers[name].post(f"/studio/posts/{post_now.pk}/edit", data))

    @rule(name=who, field=st.sampled_from(["name", "tagline", "footer", "accent"]))
    def change_settings_in_the_studio(self, name: str, field: str) -> None:
        page = self.browsers[name].get("/studio/settings")
        if page.status_code == 200:
            form = page.context["form"]
            data = {n: form[n].value() for n in form.fields if form[n].value() is not None}
            data[field] = "#774411" if field == "accent" else "Changed"
            self.check(self.browsers[name].post("/studio/settings", data))

    @rule(name=who, post=which, verb=st.sampled_from(VERBS))
    def change_a_status_by_api(self, name: str, post: str, verb: str) -> None:
        url = f"/api/v1/posts/{self.cached_site.world.posts[post].pk}"
        browser = self.browsers[name]
        self.check(browser.delete(url) if verb == "delete" else browser.post(f"{url}/{verb}"))

    @rule(name=who, post=which, patch=st.sampled_from(PATCHES), is_outdated=st.booleans())
    def patch_a_post_by_api(
        self, name: str, post: str, patch: dict[str, Any], is_outdated: bool
    ) -> None:
        post_now = Post.objects.filter(pk=self.cached_site.world.posts[post].pk).first()
        version = post_now.version - is_outdated if post_now else 1
        data = {**patch, "version": version}
        url = f"/api/v1/posts/{self.cached_site.world.posts[post].pk}"
        self.check(self.browsers[name].patch(url, data, "application/json"))

    @rule(name=who, bio=st.sampled_from(["Changed.", "*Again*", ""]))
    def edit_a_profile_by_api(self, name: str, bio: str) -> None:
        data = {"bio": bio, "display_name": bio[:5]}
        self.check(self.browsers[name].patch("/api/v1/me", data, "application/json"))

    def check(self, response: Any) -> None:
        assert response.status_code < 500
        hypothesis.event(f"response {response.status_code}")

    @invariant()
    def nothing_is_stale(self) -> None:
        comparison = self.cached_site.probe.compare(
            self.cached_site.snapshot, self.cached_site.cacheable
        )
        assert comparison.stale == set()


@pytest.mark.slow
def test_no_page_is_stale_after_random_changes(
    cached_site: CachedSite, pytestconfig: pytest.Config
) -> None:
    is_full = pytestconfig.getoption("--prove")
    settings = hypothesis.settings(
        max_examples=60 if is_full else 3,
        stateful_step_count=30 if is_full else 7,
        derandomize=not is_full,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(lambda: Site(cached_site), settings=settings)  # type: ignore[arg-type]
