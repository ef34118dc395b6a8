"""Mails are counted, those that left and those that could not."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from tests.ops.processes import free_port
from tests.ops.test_measured import counted

pytestmark = pytest.mark.django_db


def test_a_mail_that_leaves_is_counted(settings: Settings, tmp_path: Path) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.mail.Folder",
            "OPTIONS": {"file_path": str(tmp_path)},
        }
    }
    before = counted(settings, "broadsheet_mails_total", outcome="sent")
    EmailMessage("Hello", "Ada", to=["ada@example.org"]).send()
    assert counted(settings, "broadsheet_mails_total", outcome="sent") == before + 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_mail_that_no_server_takes_is_counted_and_the_error_remains(settings: Settings) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.mail.Server",
            "OPTIONS": {"host": "127.0.0.1", "port": free_port(), "timeout": 5},
        }
    }
    before = counted(settings, "broadsheet_mails_total", outcome="failed")
    with pytest.raises(ConnectionRefusedError):
        EmailMessage("Hello", "Ada", to=["ada@example.org"]).send()
    assert counted(settings, "broadsheet_mails_total", outcome="failed") == before + 1
