"""Traces of requests, their queries and their jobs, by OpenTelemetry; for those who want them.

A span says the route, the method, the status and SQL without its values: no address that was asked
for, no account, no network address. What is kept is answered before Django, and has none.
"""

import logging
import os
from collections.abc import Callable
from contextvars import ContextVar, Token
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.tasks import TaskResultStatus
from django.tasks.signals import task_enqueued, task_finished, task_started
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from broadsheet.lib import logs

_W3C = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("broadsheet")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAILED = 500
_LONG = 2_000  # characters of SQL
_DAY = 86_400
#: The span of the job that this thread does, and what its context takes the place of.
_job: ContextVar[tuple[Span, Token[Any]] | None] = ContextVar("job", default=None)


def begin() -> None:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT, and follow queries and jobs."""
    os.environ.setdefault("OTEL_SERVICE_NAME", "broadsheet")
    os.environ.setdefault("OTEL_BSP_SCHEDULE_DELAY", "1000")  # ms: so much is lost with a process
    provider = TracerProvider(resource=Resource.create({"service.version": version("broadsheet")}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    connection_created.connect(_follow_queries, dispatch_uid="ops.traces")
    task_enqueued.connect(_remember, dispatch_uid="ops.traces")
    task_started.connect(_begin_job, dispatch_uid="ops.traces")
    task_finished.connect(_end_job, dispatch_uid="ops.traces")
    logging.getLogger("django_ox").addHandler(_Retries())


def traced(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Make a span of each request; a proxy of ours may have begun the trace (W3C Trace Context)."""

    def middleware(request: HttpRequest) -> Any:
        given = {"traceparent": request.headers.get("traceparent", "")} if settings.PROXIES else {}
        method = request.method if request.method in _METHODS else "_OTHER"
        with _TRACER.start_as_current_span(
            method,
            _W3C.extract(given),
            SpanKind.SERVER,
            {"http.request.method": method},
            record_exception=False,
        ) as span:
            token = logs.trace.set(_identifier(span))
            try:
                response = get_response(request)
            finally:
                logs.trace.reset(token)
            _describe(span, method, request, response.status_code)
        return response

    return middleware


def _identifier(span: Span) -> str:
    return trace.format_trace_id(span.get_span_context().trace_id)


def _describe(span: Span, method: str, request: HttpRequest, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if match := request.resolver_match:
        span.update_name(f"{method} {match.view_name}")
        span.set_attribute("http.route", f"/{match.route}")
    if status >= _FAILED:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)


def _follow_queries(connection: Any, **_said: Any) -> None:
    if _query not in connection.execute_wrappers:
        connection.execute_wrappers.append(_query)


def _query(execute: Callable[..., Any], sql: Any, params: Any, many: Any, said: Any) -> Any:
    if not trace.get_current_span().is_recording():
        return execute(sql, params, many, said)
    text = sql if isinstance(sql, str) else ""  # psycopg's own kind may have values in it
    attributes = {"db.system.name": said["connection"].vendor, "db.query.text": text[:_LONG]}
    with _TRACER.start_as_current_span(
        next(iter(text.split(None, 1)), "SQL"),
        kind=SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,  # its message may have values in it
        set_status_on_exception=False,
    ) as span:
        try:
            return execute(sql, params, many, said)
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(StatusCode.ERROR)
            raise


def _remember(task_result: Any, **_said: Any) -> None:
    """Keep the trace in which a job was asked for until it is done."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    if carrier:
        cache.set(_key(task_result), carrier, _DAY)


def _begin_job(task_result: Any, **_said: Any) -> None:
    _end()
    name = task_result.task.module_path
    asked = _W3C.extract(cache.get(_key(task_result)) or {})
    span = _TRACER.start_span(name, asked, SpanKind.CONSUMER, {"code.function.name": name})
    _job.set((span, context.attach(trace.set_span_in_context(span))))
    logs.trace.set(_identifier(span))


def _end_job(task_result: Any, **_said: Any) -> None:
    failed = task_result.status is TaskResultStatus.FAILED
    _end(task_result.errors[-1].exception_class.__qualname__ if failed else "")


class _Retries(logging.Handler):
    """Ends the span of an attempt that is followed by another: no signal tells of it."""

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "event", "") == "task_retrying":
            _end(str(getattr(record, "exception", "")))


def _end(error: str = "") -> None:
    if open_ := _job.get():
        span, token = open_
        if error:
            span.set_attribute("error.type", error)
            span.set_status(StatusCode.ERROR)
        span.end()
        context.detach(token)
        logs.trace.set("")
        _job.set(None)


def _key(task_result: Any) -> str:
    return f"ops.trace.{task_result.id}"
