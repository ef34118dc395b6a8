"""An import from its first file to its report: in batches, each of which is there whole or not.

It can be stopped or killed at any moment and run again: what is there already stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, chain

from django.db import IntegrityError, transaction
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.publication.models import Masthead
from broadsheet.transfer import faults, plans, rendering, writing
from broadsheet.transfer.incoming import Incoming, Item, Skipped, Unreadable
from broadsheet.transfer.report import Report, Verb

BATCH = 100
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    author: User
    is_dry_run: bool = False
    downloads_images: bool = True
    fixes_encoding: bool = False


def run(
    items: Iterable[Item],
    *,
    options: Options,
    report: Report,
    place_images: Callable[[Incoming], None],
    progress: Callable[[int], None],
) -> None:
    """Import `items` and say in `report` what became of each.

    A fault in one item is reported with it, and the others go on (see `faults`).
    `place_images` points a post to the images that are here; it may fetch them, so it is called
    outside any transaction.
    `progress` is called with the number of items that are done; what it raises ends the import
    between two batches.
    """
    # Dates without a zone are the site's, in whatever process the import runs.
    site = Masthead.current()
    with rendering.renderer(site.language) as render, timezone.override(site.zone):
        steps = _Steps(options, report, place_images, render)
        done = 0
        seen: set[str] = set()
        before: tuple[int, _Prepared] | None = None
        # While one batch is written, the texts of the next are rendered.
        for batch in chain(batched(items, BATCH), [()]):
            prepared = steps.prepare(list(steps.posts(batch, seen)))
            if before is not None:
                steps.finish(before[1])
                done += before[0]
                progress(done)
            before = len(batch), prepared


type _Job = Incoming | tuple[Incoming, Post]  # one to create, or one to update
type _Prepared = tuple[list[plans.Plan], Callable[[], None]]  # and what waits until it is rendered


@dataclass(frozen=True, slots=True)
class _Steps:
    """What is done with a batch of items, one step after the other."""

    options: Options
    report: Report
    place_images: Callable[[Incoming], None]
    render: rendering.Render

    def posts(self, batch: Iterable[Item], seen: set[str]) -> Iterator[Incoming]:
        """Yield the posts; what is none goes straight into the report."""
        for item in batch:
            if isinstance(item, Skipped):
                self._say(plans.Outcome(item.origin, Verb.SKIPPED, item.reason))
            elif isinstance(item, Unreadable):
                self._say(plans.Outcome(item.origin, Verb.UNREADABLE, item.reason))
            elif item.source_id in seen and item.is_identified:
                about = "is a post that another file has already, by its identifier"
                self._say(plans.Outcome(item.origin, Verb.SKIPPED, about))
            else:
                if item.source_id in seen:  # two posts that are called alike: both are kept
                    item.source_id = f"{item.source_id[:90]}#{item.origin[-100:]}"
                    item.post_id = None
                    item.fields.pop("id", None)
                seen.add(item.source_id)
                yield item

    def prepare(self, posts: Sequence[Incoming]) -> _Prepared:
        """Decide what to do with each post, place its images and begin to render its text."""
        parts = faults.apart(posts, self._plan, self._fail, origin=_origin, step="looking it up")
        for plan in parts:
            plan.new = [incoming for incoming in plan.new if self._place(incoming)]
            plan.changed = [row for row in plan.changed if self._place(row[0])]
        with faults.contained("the batch", "rendering it ahead"):
            return parts, self.render([incoming for plan in parts for incoming in plan.new])
        return parts, lambda: None  # each is rendered when it is written

    def finish(self, prepared: _Prepared, *, tries: int = _TRIES) -> None:
        """Write what was prepared, together where nothing in it fails, and report it."""
        parts, wait = prepared
        with faults.contained("the batch", "rendering it ahead"):
            wait()
        for plan in parts:
            for outcome in plan.settled:
                self._say(outcome)
            try:
                outcomes = self._write(plan)
            except BaseException as error:
                if not faults.is_contained(error):
                    raise
                if isinstance(error, IntegrityError) and tries > 1:
                    # Another import made one of these posts meanwhile.
                    self.finish(
                        self.prepare([_incoming(job) for job in _jobs(plan)]), tries=tries - 1
                    )
                    continue
                outcomes = self._write_apart(plan)
            for outcome in outcomes:
                self._say(outcome)

    def _plan(self, posts: Sequence[Incoming]) -> plans.Plan:
        return plans.make(
            posts,
            wants_images=self.options.downloads_images,
            wants_repair=self.options.fixes_encoding,
        )

    def _place(self, incoming: Incoming) -> bool:
        """Place the images of a post; False where the post failed by that."""
        with faults.contained(incoming.origin, "placing its images") as fault:
            self.place_images(incoming)
        if fault.reason:
            self._fail(incoming, fault.reason)
        return not fault.reason

    def _write(self, plan: plans.Plan) -> list[plans.Outcome]:
        """Write the plan whole, or leave all as it was."""
        posts = [_incoming(job) for job in _jobs(plan)]
        if not posts:
            return []
        before = [(post.fields.copy(), [*post.notes]) for post in posts]
        try:
            with transaction.atomic():
                outcomes = writing.write(plan, by=self.options.author)
                if self.options.is_dry_run:
                    transaction.set_rollback(True)
        except BaseException:
            for post, (fields, notes) in zip(posts, before, strict=True):
                post.fields, post.notes = fields, notes
            raise
        return outcomes

    def _write_apart(self, plan: plans.Plan) -> list[plans.Outcome]:
        """Write the plan in parts, so that only what cannot be written is not."""
        parts = faults.apart(
            _jobs(plan),
            lambda jobs: self._write(_only(jobs, plan)),
            lambda job, reason: self._fail(_incoming(job), reason),
            origin=lambda job: _incoming(job).origin,
            step="saving",
        )
        return [outcome for part in parts for outcome in part]

    def _fail(self, incoming: Incoming, reason: str) -> None:
        self._say(plans.Outcome(incoming.origin, Verb.FAILED, reason, incoming.notes))

    def _say(self, outcome: plans.Outcome) -> None:
        with faults.contained(outcome.origin, "reporting") as fault:
            verb, about = outcome.verb, outcome.about
            self.report.add(outcome.origin, verb, about=about, notes=outcome.notes)
        if fault.reason:
            self.report.miss(outcome.verb)


def _origin(incoming: Incoming) -> str:
    return incoming.origin


def _jobs(plan: plans.Plan) -> list[_Job]:
    return [*plan.new, *plan.changed]


def _only(jobs: Sequence[_Job], plan: plans.Plan) -> plans.Plan:
    """Return the plan for these jobs alone."""
    new = [job for job in jobs if isinstance(job, Incoming)]
    changed = [job for job in jobs if not isinstance(job, Incoming)]
    return plans.Plan(new=new, changed=changed, traces=plan.traces)


def _incoming(job: _Job) -> Incoming:
    return job if isinstance(job, Incoming) else job[0]
