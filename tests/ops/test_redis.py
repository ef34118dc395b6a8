"""Rate limits that are counted in Redis."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ops.processes import free_port, is_listening, run, wait_for


@pytest.mark.slow
def test_rate_limits_are_counted_in_redis_if_cache_url_is_set(tmp_path: Path) -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: is_listening(port), "Redis")
            code = (
                "from django.core.cache import caches\n"
                "caches['default'].set('tries', 4)\n"
                "print(caches['throttle'].incr('tries'), type(caches['throttle']).__name__)"
            )
            url = f"redis://127.0.0.1:{port}/0"
            result = run(tmp_path / "data", "shell", "--no-imports", "-c", code, CACHE_URL=url)
            assert result.stdout.strip() == "5 FallbackRedisCache", result.stderr
        finally:
            server.terminate()


_CHECK = """
from django.core.cache import caches
from broadsheet.ops.monitoring import health_checks
caches["throttle"].set("tries", 4)
print(caches["throttle"].incr("tries"), health_checks.redis().is_healthy)
"""


@pytest.mark.slow
def test_an_unreachable_or_full_redis_is_reported_and_rate_limits_still_work(
    tmp_path: Path,
) -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server")
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"

    def check() -> str:
        result = run(tmp_path / "data", "shell", "--no-imports", "-c", _CHECK, CACHE_URL=url)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    assert check() == "5 False", "Redis is not running"
    command = ["redis-server", "--port", str(port), "--save", "", "--maxmemory", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path) as server:
        try:
            wait_for(lambda: is_listening(port), "Redis")
            assert check() == "5 False", "it does not accept writes"
        finally:
            server.terminate()
