"""Traces: a request, its queries and its jobs form one trace, without personal data."""

import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.ops.backup import sites
from tests.ops.processes import Server, free_port, run, wait_for
from tests.ops.prove.test_kills import SEED

_MAIL = """
from broadsheet.accounts.tasks import send_mail
send_mail.enqueue(to="ada@example.org", subject="News", text="Hello", html="")
"""
SERVE = ("broadsheet", "serve", "--port", "{port}")
JOB = "broadsheet.posts.tasks."


class Collector:
    """A receiver of OTLP over HTTP, which stores what it receives."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[str] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.headers.append(str(self.headers))
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()

    def spans(self) -> list[Span]:
        """Return the received spans, decompressed."""
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, prefix: str) -> list[Span]:
        """Return the spans whose names start with `prefix`."""
        return [span for span in self.spans() if span.name.startswith(prefix)]

    def with_status(self, status: int) -> list[Span]:
        """Return the spans of the requests that got this status."""
        spans = self.spans()
        return [s for s in spans if attributes(s).get("http.response.status_code") == status]


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def send(server: Server, path: str, body: object = None, **headers: str) -> int:
    """Return the status of the response."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            status: int = response.status
            return status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def attributes(span: Span) -> dict[str, Any]:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


@pytest.mark.slow
def test_a_request_its_queries_and_its_jobs_are_one_trace_without_personal_data(
    prepared: Path, tmp_path: Path, start: Callable[..., Server], collector: Collector
) -> None:
    data = sites.copy(prepared, tmp_path / "data")
    token = sites.shell(data, SEED)
    sent = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
    allowed = {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20for-the-collector"}
    server = start(*SERVE, data=data, **sent, **allowed)
    post = {"title": "A secret title", "content": "secret words", "status": "published"}
    private = {"Cookie": "sessionid=secret-cookie", "Authorization": f"Bearer {token}"}
    assert send(server, "/api/v1/posts", post, **private) == 201
    assert send(server, "/search?q=secret-query", **private) == 200
    assert send(server, "/secret-path") == 404
    wait_for(lambda: collector.named(JOB) and collector.with_status(404), "the spans")

    [request] = collector.named("POST api:")
    assert collector.named("GET public:search")
    job = collector.named(JOB)[0]
    assert request.kind == Span.SPAN_KIND_SERVER
    assert (job.trace_id, job.parent_span_id) == (request.trace_id, request.span_id)
    queries = [s for s in collector.spans() if "db.query.text" in attributes(s)]
    assert any(s.parent_span_id == request.span_id and s.name == "INSERT" for s in queries)
    assert any(s.parent_span_id == job.span_id for s in queries)
    assert attributes(request)["http.response.status_code"] == 201
    [missing] = collector.with_status(404)
    assert missing.name.startswith("GET")

    everything = b"".join(collector.bodies)
    for private_word in (b"secret", b"127.0.0.1", b"@example", token.encode(), b"Python-urllib"):
        assert private_word not in everything, private_word
    assert "authorization: bearer for-the-collector" in collector.headers[0].lower()
    lines = [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]
    named = [line for line in lines if line.get("trace_id") == request.trace_id.hex()]
    assert {line["request_id"].partition("-")[0] for line in named} >= {"job"}


@pytest.mark.slow
def test_each_attempt_of_a_job_is_a_span_with_its_error(
    prepared: Path, tmp_path: Path, start: Callable[..., Server], collector: Collector
) -> None:
    data = sites.copy(prepared, tmp_path / "data")
    sites.shell(data, SEED)
    gone = {"EMAIL_URL": f"smtp://127.0.0.1:{free_port()}"}
    start(*SERVE, data=data, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **gone)
    sites.shell(data, _MAIL)
    job = "broadsheet.accounts.tasks.send_mail"
    wait_for(lambda: len(collector.named(job)) > 1, "two attempts")
    attempts = collector.named(job)
    for attempt in attempts:
        assert attempt.status.code == Status.STATUS_CODE_ERROR
        assert attributes(attempt)["error.type"] == "ConnectionRefusedError"
    assert attempts[0].end_time_unix_nano <= attempts[1].start_time_unix_nano
    everything = b"".join(collector.bodies)
    for private_word in (b"@example", b"127.0.0.1", b"csrf"):
        assert private_word not in everything, private_word


@pytest.mark.slow
def test_opentelemetry_is_not_imported_without_the_setting(prepared: Path) -> None:
    code = "import sys; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    assert sites.shell(prepared, code) == "[]\n"


@pytest.mark.slow
def test_an_unreachable_collector_does_not_delay_requests(
    prepared: Path, start: Callable[..., Server], collector: Collector
) -> None:
    collector.close()
    server = start(*SERVE, data=prepared, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert [send(server, "/search?q=a") for _ in range(3)] == [200, 200, 200]
    assert server.stop() == 0


@pytest.mark.slow
def test_the_setting_is_rejected_if_the_library_is_missing(prepared: Path, tmp_path: Path) -> None:
    hide = "import sys; sys.modules['opentelemetry'] = None"
    (tmp_path / "sitecustomize.py").write_text(hide)
    result = run(
        prepared,
        "migrate",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318",
        PYTHONPATH=f"{tmp_path}:{sys.path[0]}",
    )
    assert result.returncode == 2
    assert "needs `pip install opentelemetry-sdk" in result.stderr
