"""OpenTelemetry traces of requests, their queries and their jobs; optional.

A span holds the route, the method, the status and SQL without its values: no URL, no account, no
IP address. Cache hits never reach Django and have no span.
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
_SERVER_ERROR = 500
_MAX_SQL_LENGTH = 2_000  # characters
_DAY = 86_400
#: The span of this thread's current job, and the token that restores the context before it.
_job: ContextVar[tuple[Span, Token[Any]] | None] = ContextVar("job", default=None)


def setup() -> None:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT, and trace queries and jobs."""
    os.environ.setdefault("OTEL_SERVICE_NAME", "broadsheet")
    os.environ.setdefault(
        "OTEL_BSP_SCHEDULE_DELAY", "1000"
    )  # ms: this much is lost when a process dies
    provider = TracerProvider(resource=Resource.create({"service.version": version("broadsheet")}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    connection_created.connect(_trace_queries, dispatch_uid="ops.traces")
    task_enqueued.connect(_save_trace, dispatch_uid="ops.traces")
    task_started.connect(_start_job_span, dispatch_uid="ops.traces")
    task_finished.connect(_end_job_span, dispatch_uid="ops.traces")
    logging.getLogger("django_ox").addHandler(_RetryHandler())


def trace_requests(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Create a span for each request; a trusted proxy may have begun the trace (Trace Context)."""

    def middleware(request: HttpRequest) -> Any:
        carrier = (
            {"traceparent": request.headers.get("traceparent", "")} if settings.PROXIES else {}
        )
        method = request.method if request.method in _METHODS else "_OTHER"
        with _TRACER.start_as_current_span(
            method,
            _W3C.extract(carrier),
            SpanKind.SERVER,
            {"http.request.method": method},
            record_exception=False,
        ) as span:
            token = logs.trace_id.set(_trace_id(span))
            try:
                response = get_response(request)
            finally:
                logs.trace_id.reset(token)
            _set_attributes(span, method, request, response.status_code)
        return response

    return middleware


def _trace_id(span: Span) -> str:
    return trace.format_trace_id(span.get_span_context().trace_id)


def _set_attributes(span: Span, method: str, request: HttpRequest, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if match := request.resolver_match:
        span.update_name(f"{method} {match.view_name}")
        span.set_attribute("http.route", f"/{match.route}")
    if status >= _SERVER_ERROR:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)


def _trace_queries(connection: Any, **_kwargs: Any) -> None:
    if _trace_query not in connection.execute_wrappers:
        connection.execute_wrappers.append(_trace_query)


def _trace_query(
    execute: Callable[..., Any], sql: Any, params: Any, many: Any, query_context: Any
) -> Any:
    if not trace.get_current_span().is_recording():
        return execute(sql, params, many, query_context)
    text = sql if isinstance(sql, str) else ""  # psycopg's composed SQL may have values in it
    attributes = {
        "db.system.name": query_context["connection"].vendor,
        "db.query.text": text[:_MAX_SQL_LENGTH],
    }
    with _TRACER.start_as_current_span(
        next(iter(text.split(None, 1)), "SQL"),
        kind=SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,  # its message may have values in it
        set_status_on_exception=False,
    ) as span:
        try:
            return execute(sql, params, many, query_context)
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(StatusCode.ERROR)
            raise


def _save_trace(task_result: Any, **_kwargs: Any) -> None:
    """Cache the trace that enqueued a job until the job runs."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    if carrier:
        cache.set(_key(task_result), carrier, _DAY)


def _start_job_span(task_result: Any, **_kwargs: Any) -> None:
    _end_span()
    name = task_result.task.module_path
    parent = _W3C.extract(cache.get(_key(task_result)) or {})
    span = _TRACER.start_span(name, parent, SpanKind.CONSUMER, {"code.function.name": name})
    _job.set((span, context.attach(trace.set_span_in_context(span))))
    logs.trace_id.set(_trace_id(span))


def _end_job_span(task_result: Any, **_kwargs: Any) -> None:
    failed = task_result.status is TaskResultStatus.FAILED
    _end_span(task_result.errors[-1].exception_class.__qualname__ if failed else "")


class _RetryHandler(logging.Handler):
    """Ends the span of an attempt that is retried: there is no signal for that."""

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "event", "") == "task_retrying":
            _end_span(str(getattr(record, "exception", "")))


def _end_span(error: str = "") -> None:
    if open_ := _job.get():
        span, token = open_
        if error:
            span.set_attribute("error.type", error)
            span.set_status(StatusCode.ERROR)
        span.end()
        context.detach(token)
        logs.trace_id.set("")
        _job.set(None)


def _key(task_result: Any) -> str:
    return f"ops.trace.{task_result.id}"
