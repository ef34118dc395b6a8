"""Import pipeline: reads, renders and writes posts in batches, one transaction each.

An import can be stopped or killed at any moment and run again: it does not change what was
imported before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, chain

from django.db import IntegrityError, transaction
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.publication.queries import SiteConfig
from broadsheet.transfer import apply, import_plan, parallel_render
from broadsheet.transfer.error_isolation import bisect_errors, is_item_error, isolate_errors
from broadsheet.transfer.import_plan import ImportPlan, ItemResult
from broadsheet.transfer.records import PostRecord, SkippedFile, SourceItem, UnreadableFile
from broadsheet.transfer.report import ImportOutcome, Report

BATCH_SIZE = 100
_MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Options of an import."""

    author: User
    is_dry_run: bool = False
    downloads_images: bool = True
    fixes_encoding: bool = False


def run_pipeline(
    items: Iterable[SourceItem],
    *,
    options: ImportOptions,
    report: Report,
    import_images: Callable[[PostRecord], None],
    progress: Callable[[int], None],
) -> None:
    """Import `items` and add the outcome of each to `report`.

    An error in one item is reported, and the import continues (see `error_isolation`).
    `import_images` points a post to images on this site. It may download them, so it is called
    outside any transaction.
    `progress` is called with the number of finished items; an exception that it raises ends the
    import between two batches.
    """
    # Dates without a time zone are in the site's, in whatever process the import runs.
    site = SiteConfig.current()
    with parallel_render.parallel_renderer(site.language) as render, timezone.override(site.zone):
        steps = _BatchSteps(options, report, import_images, render)
        done = 0
        seen: set[str] = set()
        before: tuple[int, _PreparedBatch] | None = None
        # While one batch is written, the texts of the next are rendered.
        for batch in chain(batched(items, BATCH_SIZE), [()]):
            prepared = steps.prepare(list(steps.posts(batch, seen)))
            if before is not None:
                steps.finish(before[1])
                done += before[0]
                progress(done)
            before = len(batch), prepared


type _Job = PostRecord | tuple[PostRecord, Post]  # to create, or to update
type _PreparedBatch = tuple[
    list[ImportPlan], Callable[[], None]
]  # and a function that waits for rendering


@dataclass(frozen=True, slots=True)
class _BatchSteps:
    """Steps of a batch, in order."""

    options: ImportOptions
    report: Report
    import_images: Callable[[PostRecord], None]
    render: parallel_render.Render

    def posts(self, batch: Iterable[SourceItem], seen: set[str]) -> Iterator[PostRecord]:
        """Yield the posts; report the other items."""
        for item in batch:
            if isinstance(item, SkippedFile):
                self._report(ItemResult(item.origin, ImportOutcome.SKIPPED, item.reason))
            elif isinstance(item, UnreadableFile):
                self._report(ItemResult(item.origin, ImportOutcome.UNREADABLE, item.reason))
            elif item.source_id in seen and item.is_identified:
                detail = "has the same identifier as a post in another file"
                self._report(ItemResult(item.origin, ImportOutcome.SKIPPED, detail))
            else:
                if item.source_id in seen:  # two posts with the same name: import both
                    item.source_id = f"{item.source_id[:90]}#{item.origin[-100:]}"
                    item.post_id = None
                    item.fields.pop("id", None)
                seen.add(item.source_id)
                yield item

    def prepare(self, posts: Sequence[PostRecord]) -> _PreparedBatch:
        """Plan what to do with each post, import its images and start to render its text."""
        parts = bisect_errors(posts, self._plan, self._fail, origin=_origin, step="looking it up")
        for plan in parts:
            plan.new = [record for record in plan.new if self._import_images(record)]
            plan.changed = [row for row in plan.changed if self._import_images(row[0])]
        with isolate_errors("the batch", "rendering it"):
            return parts, self.render([record for plan in parts for record in plan.new])
        return parts, lambda: None  # each is rendered when it is written

    def finish(self, prepared: _PreparedBatch, *, tries: int = _MAX_TRIES) -> None:
        """Write a prepared batch, all at once if nothing in it fails, and report it."""
        parts, wait = prepared
        with isolate_errors("the batch", "rendering it"):
            wait()
        for plan in parts:
            for result in plan.skipped:
                self._report(result)
            try:
                results = self._write(plan)
            except BaseException as error:
                if not is_item_error(error):
                    raise
                if isinstance(error, IntegrityError) and tries > 1:
                    # Another import created one of these posts in the meantime.
                    self.finish(
                        self.prepare([_record(job) for job in _jobs(plan)]), tries=tries - 1
                    )
                    continue
                results = self._write_in_parts(plan)
            for result in results:
                self._report(result)

    def _plan(self, posts: Sequence[PostRecord]) -> ImportPlan:
        return import_plan.make_plan(
            posts,
            wants_images=self.options.downloads_images,
            wants_repair=self.options.fixes_encoding,
        )

    def _import_images(self, record: PostRecord) -> bool:
        """Import the images of a post; return False if that failed."""
        with isolate_errors(record.origin, "placing its images") as failure:
            self.import_images(record)
        if failure.reason:
            self._fail(record, failure.reason)
        return not failure.reason

    def _write(self, plan: ImportPlan) -> list[ItemResult]:
        """Write the whole plan, or nothing."""
        posts = [_record(job) for job in _jobs(plan)]
        if not posts:
            return []
        before = [(post.fields.copy(), [*post.notes]) for post in posts]
        try:
            with transaction.atomic():
                results = apply.apply_plan(plan, by=self.options.author)
                if self.options.is_dry_run:
                    transaction.set_rollback(True)
        except BaseException:
            for post, (fields, notes) in zip(posts, before, strict=True):
                post.fields, post.notes = fields, notes
            raise
        return results

    def _write_in_parts(self, plan: ImportPlan) -> list[ItemResult]:
        """Write the plan in parts, so that only posts that cannot be written are left out."""
        parts = bisect_errors(
            _jobs(plan),
            lambda jobs: self._write(_only(jobs, plan)),
            lambda job, reason: self._fail(_record(job), reason),
            origin=lambda job: _record(job).origin,
            step="saving",
        )
        return [result for part in parts for result in part]

    def _fail(self, record: PostRecord, reason: str) -> None:
        self._report(ItemResult(record.origin, ImportOutcome.FAILED, reason, record.notes))

    def _report(self, result: ItemResult) -> None:
        with isolate_errors(result.origin, "reporting") as failure:
            self.report.add(result.origin, result.outcome, detail=result.detail, notes=result.notes)
        if failure.reason:
            self.report.count_unwritten(result.outcome)


def _origin(record: PostRecord) -> str:
    return record.origin


def _jobs(plan: ImportPlan) -> list[_Job]:
    return [*plan.new, *plan.changed]


def _only(jobs: Sequence[_Job], plan: ImportPlan) -> ImportPlan:
    """Return the plan for these jobs only."""
    new = [job for job in jobs if isinstance(job, PostRecord)]
    changed = [job for job in jobs if not isinstance(job, PostRecord)]
    return ImportPlan(new=new, changed=changed, imported_posts=plan.imported_posts)


def _record(job: _Job) -> PostRecord:
    return job if isinstance(job, PostRecord) else job[0]
