"""Encryption with age (age-encryption.org/v1) to public keys: a site cannot read its own."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pyrage

from broadsheet.ops.backup.archive import CHUNK, Stream
from broadsheet.ops.backup.errors import BackupError

#: What every age file begins with.
MAGIC = b"age-encryption.org/v1\n"
#: What pyrage puts before the words of the system.
_WORDS = re.compile(r"^OSError: (\[Errno \d+\] )?")

type Recipient = pyrage.x25519.Recipient | pyrage.ssh.Recipient
type Identity = pyrage.x25519.Identity | pyrage.ssh.Identity


def recipients(keys: Iterable[str]) -> list[Recipient]:
    """Return the public `keys`, `age1…` or SSH's, as age takes them. Raises BackupError."""
    found: list[Recipient] = []
    for key in keys:
        kind = pyrage.ssh.Recipient if key.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            found.append(kind.from_str(key))
        except pyrage.RecipientError as error:
            raise BackupError(
                f"BROADSHEET_BACKUP_RECIPIENTS: {key[:16]}… is no public key that age knows. "
                "`age-keygen` makes a pair."
            ) from error
    return found


def identities(path: Path) -> list[Identity]:
    """Return the secret keys in `path`: `age-keygen`'s, or one of SSH's. Raises BackupError."""
    try:
        data = path.read_bytes()
        if b"PRIVATE KEY" in data:
            return [pyrage.ssh.Identity.from_buffer(data)]
        lines = [line.strip() for line in data.decode().splitlines()]
        found = [pyrage.x25519.Identity.from_str(li) for li in lines if li and li[0] != "#"]
    except OSError as error:
        raise BackupError(f"The identity {path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, pyrage.IdentityError) as error:
        raise BackupError(
            f"{path} holds no identity that age knows: `age-keygen` makes one."
        ) from error
    if not found:
        raise BackupError(f"{path} holds no identity: `age-keygen` makes one.")
    return list(found)


def encrypt(source: Stream, target: IO[bytes], to: list[Recipient]) -> None:
    """Copy `source` to `target`, encrypted where there is somebody to encrypt it `to`."""
    if not to:
        shutil.copyfileobj(source, target, CHUNK)
        return
    try:
        pyrage.encrypt_io(source, target, to)
    except pyrage.EncryptError as error:
        if source.error is not None:
            raise source.error from error
        raise BackupError(
            f"The archive cannot be written: {_WORDS.sub('', str(error))}."
        ) from error
