"""Whoever does whatever in whatever order, through every door: no page that is kept is stale."""

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
from tests.guarantees.staleness import by_actions, by_doors, by_rows
from tests.guarantees.staleness.conftest import Stage
from tests.guarantees.staleness.deeds import Deed

DEEDS = [*chain(by_actions.DEEDS.values(), by_doors.DEEDS.values(), by_rows.DEEDS.values())]
#: How what is done is refused where the world is not what it was any more.
REFUSED = (
    AssertionError, EditConflictError, DatabaseError, ObjectDoesNotExist, PermissionDenied,
    ValidationError,
)  # fmt: skip
PEOPLE = ("owner", "editor", "author", "another_author", "former_author", "reader")
POSTS = ("newest", "jam", "honey", "bread", "lone", "hidden", "shelved", "draft", "deleted")
VERBS = ("publish", "unlist", "archive", "unpublish", "delete", "restore")
CHANGES: tuple[dict[str, object], ...] = (
    {"title": "Changed"}, {"title": "Again"}, {"slug": "new"}, {"slug": "jam"}, {"slug": "studio"},
    {"tags": ["Tea", "New"]}, {"tags": []}, {"series": "Kitchen"}, {"series": ""},
    {"content": "# Changed"}, {"pub_date": "2025-12-31T23:59:59Z"}, {"authors": ["bob", "ada"]},
)  # fmt: skip

who = st.sampled_from(PEOPLE)
which = st.sampled_from(POSTS)
deeds = st.sampled_from(DEEDS)


class RolledBackError(Exception):
    """The end of a transaction that is not to be."""


class Site(RuleBasedStateMachine):
    """A site at which everybody does something."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        stage.reset()
        self.browsers = {name: Client() for name in PEOPLE}
        for name, browser in self.browsers.items():
            browser.force_login(getattr(stage.world.people, name))

    def do(self, deed: Deed) -> None:
        """Do it, if it can be done any more."""
        try:
            with transaction.atomic():
                deed.do(self.stage.world)
        except REFUSED:
            hypothesis.event("refused")

    @rule(deed=deeds)
    def somebody_does_something(self, deed: Deed) -> None:
        self.do(deed)

    @rule(done=st.lists(deeds, min_size=2, max_size=4), ends=st.sampled_from(["well", "ill"]))
    def much_is_done_in_one_transaction(self, done: list[Deed], ends: str) -> None:
        try:
            with transaction.atomic():
                for deed in done:
                    self.do(deed)
                if ends == "ill":
                    raise RolledBackError
        except RolledBackError:
            pass

    @rule(before=deeds, within=deeds)
    def a_savepoint_is_rolled_back(self, before: Deed, within: Deed) -> None:
        with transaction.atomic():
            self.do(before)
            try:
                with transaction.atomic():
                    self.do(within)
                    raise RolledBackError
            except RolledBackError:
                pass

    @rule(name=who, post=which, verb=st.sampled_from(VERBS))
    def a_button_is_pressed_in_the_studio(self, name: str, post: str, verb: str) -> None:
        url = f"/studio/posts/{self.stage.world.posts[post].pk}/{verb}"
        self.answered(self.browsers[name].post(url, {"version": "1"}))

    @rule(name=who, post=which, title=st.sampled_from(["Changed", "Again", ""]), tags=st.booleans())
    def a_post_is_saved_in_the_studio(self, name: str, post: str, title: str, tags: bool) -> None:
        found = Post.objects.filter(pk=self.stage.world.posts[post].pk).first()
        if found is None:
            return
        sent = {
            "title": title, "slug": found.slug, "content": "Written in the studio.",
            "version": found.version, "tags": "Tea, New" if tags else "", "shows_contents": "on",
        }  # fmt: skip
        self.answered(self.browsers[name].post(f"/studio/posts/{found.pk}/edit", sent))

    @rule(name=who, field=st.sampled_from(["name", "tagline", "footer", "accent"]))
    def the_site_is_set_up_in_the_studio(self, name: str, field: str) -> None:
        page = self.browsers[name].get("/studio/settings")
        if page.status_code == 200:
            form = page.context["form"]
            sent = {n: form[n].value() for n in form.fields if form[n].value() is not None}
            sent[field] = "#774411" if field == "accent" else "Changed"
            self.answered(self.browsers[name].post("/studio/settings", sent))

    @rule(name=who, post=which, verb=st.sampled_from(VERBS))
    def a_program_moves_a_post(self, name: str, post: str, verb: str) -> None:
        url = f"/api/v1/posts/{self.stage.world.posts[post].pk}"
        browser = self.browsers[name]
        self.answered(browser.delete(url) if verb == "delete" else browser.post(f"{url}/{verb}"))

    @rule(name=who, post=which, change=st.sampled_from(CHANGES), is_late=st.booleans())
    def a_program_changes_a_post(
        self, name: str, post: str, change: dict[str, Any], is_late: bool
    ) -> None:
        found = Post.objects.filter(pk=self.stage.world.posts[post].pk).first()
        version = found.version - is_late if found else 1
        sent = {**change, "version": version}
        url = f"/api/v1/posts/{self.stage.world.posts[post].pk}"
        self.answered(self.browsers[name].patch(url, sent, "application/json"))

    @rule(name=who, bio=st.sampled_from(["Changed.", "*Again*", ""]))
    def somebody_says_something_of_themselves(self, name: str, bio: str) -> None:
        sent = {"bio": bio, "display_name": bio[:5]}
        self.answered(self.browsers[name].patch("/api/v1/me", sent, "application/json"))

    def answered(self, answer: Any) -> None:
        assert answer.status_code < 500
        hypothesis.event(f"answered {answer.status_code}")

    @invariant()
    def nothing_is_stale(self) -> None:
        found = self.stage.instrument.compare(self.stage.warm, self.stage.keepable)
        assert found.stale == set()


@pytest.mark.slow
def test_no_page_is_stale_whatever_is_done(stage: Stage, pytestconfig: pytest.Config) -> None:
    is_whole = pytestconfig.getoption("--prove")
    settings = hypothesis.settings(
        max_examples=60 if is_whole else 4,
        stateful_step_count=30 if is_whole else 7,
        derandomize=not is_whole,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(lambda: Site(stage), settings=settings)  # type: ignore[arg-type]
