"""Settings: read from the environment or a file, validated, and shown without secrets."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from broadsheet.lib.env import StartupError
from tests.examples import examples
from tests.ops.conftest import Load
from tests.ops.processes import environment, run, set_up

INVALID = {
    "HOST": [],
    "PORT": ["0", "65536", "-1", "eighty", "8000.5", "80 00"],
    "BROADSHEET_URL": [
        "example.org",
        "ftp://example.org",
        "https://",
        "https://example.org/blog",
        "https://example.org:99999",
        "https://ann:pass@example.org",
        "https://ex ample.org",
        "https://bücher.example",
    ],
    "BROADSHEET_THREADS": ["0", "65", "two"],
    "BROADSHEET_WORKER": ["perhaps"],
    "BROADSHEET_PROCESSES": ["0", "257", "all"],
    "DEBUG": ["maybe", "2"],
    "SECRET_KEY": [],
    "SECRET_KEY_FALLBACKS": [],
    "ALLOWED_HOSTS": [],
    "BROADSHEET_PROXIES": ["-1", "9", "nginx"],
    "BROADSHEET_HSTS_SUBDOMAINS": ["perhaps"],
    "EMAIL_URL": ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://host:port"],
    "DEFAULT_FROM_EMAIL": [
        "Blog <a@b.org>, x",
        "Blog, Inc <a@b.org>",
        "blog",
        "a@",
        "@b.org",
        "a@b.org and more",
        "Blog <a@b.org",
        "us: a@b.org;",
    ],
    "DATABASE_URL": ["broadsheet.sqlite3", "mysql://localhost/broadsheet", "postgresql://"],
    "DATABASE_REPLICA_URL": ["sqlite:///a", "mysql://localhost/broadsheet", "replica"],
    "BROADSHEET_STATEMENT_SECONDS": ["-1", "86401", "a minute"],
    "CACHE_URL": ["localhost:6379", "memcached://localhost", "redis://"],
    "BROADSHEET_PAGE_CACHE_MB": ["32 MB", "-1", "100001"],
    "BROADSHEET_ADDRESS_PERCENT": ["-1", "101", "some"],
    "BROADSHEET_CDN_TAGS": ["fastly", "X-Tags"],
    "BROADSHEET_CDN_PURGE_URL": [
        "api.fastly.com",
        "ftp://edge/purge",
        "https://edge:x/",
        "https://",
    ],
    "BROADSHEET_CDN_PURGE_FORM": ["xml", "headers"],
    "BROADSHEET_CDN_PURGE_TOKEN": [],
    "BROADSHEET_METRICS_ADDRESS": ["9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:x"],
    "LOG_FORMAT": ["xml"],
    "OTEL_EXPORTER_OTLP_ENDPOINT": ["localhost:4318", "ftp://collector"],
    "OTEL_EXPORTER_OTLP_HEADERS": [],
    "SENTRY_DSN": ["sentry", "ftp://sentry.example.org"],
    "BROADSHEET_METRICS_TOKEN": [],
    "BROADSHEET_STALE_IF_ERROR_SECONDS": ["-1", "a minute"],
    "BROADSHEET_REFERRER_DAYS": ["0", "36501", "some"],
    "BROADSHEET_MEDIA_URL": ["bucket", "https://bucket/media", "s3://"],
    "AWS_ACCESS_KEY_ID": [],
    "AWS_SECRET_ACCESS_KEY": [],
    "AWS_REGION": [],
    "AWS_ENDPOINT_URL_S3": ["s3.example.org", "s3://bucket"],
    "BROADSHEET_UPLOAD_MAX_BYTES": ["20 MB", "0", "1000000001"],
    "BROADSHEET_UPLOAD_MAX_PIXELS": ["many", "0", "500000001"],
    "BROADSHEET_BACKUP_TARGET": ["ftp://host/backups", "s3://", "https://bucket"],
    "BROADSHEET_REPLICA_URL": ["ftp://host/replica", "s3://"],
    "BROADSHEET_BACKUP_AT": ["night", "nevermore", "24:00", "3", "03:60"],
    "BROADSHEET_BACKUP_IDENTITY": [],
    "BROADSHEET_BACKUP_KEEP": ["7", "7,4,many", "7,4,-1"],
    "BROADSHEET_BACKUP_RECIPIENTS": ["ann", "AGE-SECRET-KEY-1", "age1abc, bob"],
    "LANGUAGE_CODE": ["klingon", "english"],
    "TIME_ZONE": ["Europe/Atlantis", "CEST+1"],
    "LOG_LEVEL": ["LOUD", "5"],
    "BROADSHEET_API_PER_MINUTE": ["-1", "unlimited"],
}


def test_invalid_values_are_listed_for_every_setting(load: Load) -> None:
    declared = {value.setting.name for value in load()["ENV"]}
    assert declared == {*INVALID, "BROADSHEET_DATA"}


#: Other settings that a setting requires.
REQUIRED = {"DATABASE_REPLICA_URL": {"DATABASE_URL": "postgresql://localhost/broadsheet"}}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in INVALID.items() for value in values]
)
def test_an_invalid_value_is_rejected_with_name_problem_and_example(
    load: Load, name: str, value: str
) -> None:
    with pytest.raises(StartupError) as raised:
        load(**{name: value})
    message = str(raised.value)
    assert message.startswith(f"{name}: ")
    assert f"For example: {name}=" in message
    assert "\n" not in message
    example = message.rpartition(f"For example: {name}=")[2]
    load(**REQUIRED.get(name, {}), **{name: example})  # the example is valid


def test_an_invalid_secret_is_not_shown_in_the_error(load: Load) -> None:
    with pytest.raises(StartupError) as raised:
        load(DATABASE_URL="mysql://ann:tiger@localhost/broadsheet")
    assert "tiger" not in str(raised.value)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(25),
    deadline=None,
)
@given(number=st.integers())
def test_a_number_is_accepted_only_within_its_bounds(load: Load, number: int) -> None:
    if 1 <= number <= 64:
        assert load(BROADSHEET_THREADS=str(number))["SERVE_THREADS"] == number
    else:
        with pytest.raises(StartupError, match="must be between 1 and 64"):
            load(BROADSHEET_THREADS=str(number))


@pytest.mark.slow
def test_a_data_folder_that_cannot_be_created_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run(tmp_path / "data", "migrate", BROADSHEET_DATA=str(tmp_path / "file" / "data"))
    assert result.returncode == 2
    assert re.search(r"BROADSHEET_DATA: .* cannot be created .* For example", result.stderr)


def test_environment_variables_take_precedence_over_the_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# comment\n\nPORT=8100\nLOG_LEVEL='INFO'\n")
    found = load(PORT="8200")
    assert found["PORT"] == 8200
    assert found["LOGGING"]["root"]["level"] == "INFO"
    sources = {value.setting.name: value.source for value in found["ENV"]}
    assert sources["LOG_LEVEL"] == ".env"
    assert sources["PORT"] == "environment"
    assert sources["HOST"] == "default"


def test_another_settings_file_can_be_used(load: Load, tmp_path: Path) -> None:
    (tmp_path / "mine.env").write_text("PORT=8100\n")
    assert load(BROADSHEET_ENV="mine.env")["PORT"] == 8100


def test_a_missing_settings_file_is_rejected(load: Load) -> None:
    with pytest.raises(StartupError, match=r"BROADSHEET_ENV: .*missing\.env.* For example"):
        load(BROADSHEET_ENV="missing.env")


def test_a_line_without_an_equals_sign_is_rejected(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8100\nLOG_LEVEL INFO\n")
    with pytest.raises(StartupError, match="line 2"):
        load()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("BROADSHEET_BACKUP_TARGT", "BROADSHEET_BACKUP_TARGET"),
        ("BROADSHEET_SITE_URL", "BROADSHEET_URL"),
        ("BROADSHEET_DATA_FIEL", "BROADSHEET_DATA_FILE"),
        ("broadsheet_proxies", "BROADSHEET_PROXIES"),
        ("BROADSHEET_EMAIL_URL", "EMAIL_URL"),
    ],
)
def test_an_unknown_setting_is_rejected_with_a_suggestion(
    load: Load, name: str, nearest: str
) -> None:
    with pytest.raises(StartupError) as raised:
        load(**{name: "1"})
    message = str(raised.value)
    assert message.startswith(f"{name}: unknown setting. Did you mean {nearest}?")
    assert f"For example: {nearest}=" in message


def test_a_renamed_setting_is_rejected_with_its_new_name(load: Load) -> None:
    with pytest.raises(StartupError) as raised:
        load(BROADSHEET_UNPROVEN_SECONDS="60")
    message = str(raised.value)
    assert message.startswith("BROADSHEET_UNPROVEN_SECONDS: no longer a setting.")
    assert "BROADSHEET_STALE_IF_ERROR_SECONDS" in message


def test_misspelt_settings_in_the_file_are_rejected_but_other_variables_are_not(
    load: Load, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=a\nCOMPOSE_PROJECT_NAME=b\n")
    load(SOMEBODYS_OWN="1")
    (tmp_path / ".env").write_text("EMIAL_URL=smtp://localhost\n")
    with pytest.raises(StartupError, match=r"EMIAL_URL: unknown setting. Did you mean EMAIL_URL"):
        load()


def test_a_secret_can_be_read_from_its_own_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    found = load(SECRET_KEY_FILE=str(tmp_path / "key"))
    assert found["SECRET_KEY"] == "from-a-file"
    with pytest.raises(StartupError, match="SECRET_KEY_FILE: the file cannot be read"):
        load(SECRET_KEY_FILE=str(tmp_path / "none"))


def test_a_dollar_sign_at_the_start_of_a_secret_is_kept(load: Load) -> None:
    assert load(SECRET_KEY="$ecret")["SECRET_KEY"] == "$ecret"


def test_reading_the_settings_changes_nothing(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8100\nPGSSLMODE=require\n")
    found = load(AWS_REGION_FILE=os.devnull)
    assert {*os.environ} == {"PATH", "BROADSHEET_DATA", "AWS_REGION_FILE"}
    assert [*tmp_path.iterdir()] == [tmp_path / ".env"]
    assert found["SECRET_KEY"] == "", "with which Django signs nothing"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["config", pytest.param("check", marks=pytest.mark.slow), "help"]
)
def test_read_only_commands_create_no_files(tmp_path: Path, command: str) -> None:
    assert run(tmp_path / "data", command).returncode == 0
    assert [*tmp_path.iterdir()] == []


@pytest.mark.slow
def test_the_first_run_saves_a_secret_key_that_only_its_owner_can_read(
    load: Load, tmp_path: Path
) -> None:
    assert run(tmp_path / "data", "migrate").returncode == 0
    key = load()["SECRET_KEY"]
    assert len(key) > 50
    assert load()["SECRET_KEY"] == key
    assert stat.S_IMODE((tmp_path / "data" / "secret-key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "static").stat().st_mode) == 0o755


@pytest.mark.slow
def test_a_command_before_the_first_run_says_how_to_set_up_the_site(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "reindex")
    assert result.returncode == 1
    assert "Run `broadsheet migrate`" in result.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.slow
def test_variables_of_the_file_are_visible_to_libraries(tmp_path: Path) -> None:
    (tmp_path / "site.env").write_text("PGSSLMODE=require\nAWS_REGION_FILE=region\n")
    (tmp_path / "region").write_text("eu-central-1\n")
    code = "import django, os; django.setup(); print(*map(os.getenv, ('PGSSLMODE', 'AWS_REGION')))"
    env = environment(tmp_path / "data", DJANGO_SETTINGS_MODULE="broadsheet.settings")
    env["BROADSHEET_ENV"] = str(tmp_path / "site.env")
    output = subprocess.check_output([sys.executable, "-c", code], env=env, cwd=tmp_path, text=True)
    assert output == "require eu-central-1\n"


def test_processes_started_at_the_same_time_share_one_key(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from broadsheet.lib import secret_keys;"
        f"print(secret_keys.current_key(Path({str(tmp_path / 'key')!r})))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment(tmp_path)
        )
        for _ in range(6)
    ]
    keys = {process.communicate()[0] for process in started}
    assert len(keys) == 1
    assert len(keys.pop()) > 50


def test_the_site_url_defaults_to_host_and_port(load: Load) -> None:
    assert load(PORT="8123")["SITE_URL"] == "http://127.0.0.1:8123"
    assert load(HOST="0.0.0.0", PORT="8123")["SITE_URL"] == "http://127.0.0.1:8123"
    assert load(HOST="::1")["SITE_URL"] == "http://[::1]:8000"
    assert load(BROADSHEET_URL="https://example.org/")["SITE_URL"] == "https://example.org"


def test_cookies_are_secure_and_hsts_is_sent_with_https(load: Load) -> None:
    found = load(BROADSHEET_URL="https://example.org")
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["ALLOWED_HOSTS"][0] == "example.org"
    assert not load()["SECURE_SSL_REDIRECT"]


@pytest.mark.slow
def test_an_invalid_setting_ends_a_command_with_one_line_and_status_2(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "migrate", PORT="many")
    assert result.returncode == 2
    assert result.stderr == (
        "broadsheet: PORT: 'many' must be a whole number. For example: PORT=8001\n"
    )


@pytest.mark.slow
def test_config_prints_the_current_settings_with_secrets_masked(tmp_path: Path) -> None:
    result = run(
        tmp_path / "data",
        "config",
        SECRET_KEY="very-secret",
        EMAIL_URL="smtp+tls://ann:tiger@mail.example.org:587",
        CACHE_URL="redis://localhost:6379/0?password=tiger&db=1",
        SENTRY_DSN="https://tiger@sentry.example.org/1",
        SECRET_KEY_FALLBACKS="tiger://tiger,tiger",
        BROADSHEET_METRICS_TOKEN="https://tiger/tiger",
        OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20tiger",
        BROADSHEET_CDN_PURGE_URL="https://cdn:tiger@edge.example.org/purge?token=tiger",
        PORT="8123",
    )
    assert result.returncode == 0, result.stderr
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert rows["PORT"] == ["8123", "environment"]
    assert rows["DEBUG"] == ["no", "default"]
    assert rows["SECRET_KEY"] == ["****", "environment"]
    assert rows["EMAIL_URL"][0] == "smtp+tls://****@mail.example.org:587"
    assert rows["SENTRY_DSN"][0] == "https://****@sentry.example.org/1"
    purge = "https://cdn:****@edge.example.org/purge?token=****"
    assert rows["BROADSHEET_CDN_PURGE_URL"][0] == purge
    assert rows["CACHE_URL"][0] == "redis://localhost:6379/0?password=****&db=1"
    assert rows["DATABASE_URL"] == [f"sqlite:///{tmp_path}/data/broadsheet.sqlite3", "default"]
    assert "tiger" not in result.stdout
    assert "very-secret" not in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [{}, {"BROADSHEET_PROXIES": "1", "EMAIL_URL": "smtp://localhost"}],
    ids=["alone", "behind a proxy"],
)
def test_the_deployment_check_finds_no_issues_in_production(
    tmp_path: Path, more: dict[str, str]
) -> None:
    set_up(tmp_path / "data")
    result = run(
        tmp_path / "data",
        "check",
        "--deploy",
        "--fail-level=WARNING",
        BROADSHEET_URL="https://example.org",
        PYTHONWARNINGS="error",
        **more,
    )
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout
    assert result.stderr == ""


def test_the_sender_is_an_address_with_or_without_a_name(load: Load) -> None:
    for box in ("a@b.org", "Müller <a@b.org>", '"Blog, Inc" <a@b.org>', "Jo. Smith <a@b.org>"):
        assert load(DEFAULT_FROM_EMAIL=box)["DEFAULT_FROM_EMAIL"] == box
    for url, host in (("http://[::1]:8000", "[IPv6:::1]"), ("http://127.0.0.1", "[127.0.0.1]")):
        assert load(BROADSHEET_URL=url)["DEFAULT_FROM_EMAIL"] == f"broadsheet@{host}"
