"""Encryption with age (age-encryption.org/v1) to public keys.

A server that has only public keys cannot decrypt its own backups.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pyrage

from broadsheet.ops.backup import BackupError
from broadsheet.ops.backup.archive import CHUNK, ChunkReader

#: Magic number of age files.
MAGIC = b"age-encryption.org/v1\n"
#: Prefix that pyrage adds to the messages of OSErrors.
_ERROR_PREFIX = re.compile(r"^OSError: (\[Errno \d+\] )?")

type Recipient = pyrage.x25519.Recipient | pyrage.ssh.Recipient
type Identity = pyrage.x25519.Identity | pyrage.ssh.Identity


def parse_recipients(keys: Iterable[str]) -> list[Recipient]:
    """Return the public `keys`, `age1…` or SSH, as recipients of age. Raises BackupError."""
    recipients: list[Recipient] = []
    for key in keys:
        kind = pyrage.ssh.Recipient if key.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            recipients.append(kind.from_str(key))
        except pyrage.RecipientError as error:
            raise BackupError(
                f"BROADSHEET_BACKUP_RECIPIENTS: {key[:16]}… is not a valid public key for age. "
                "`age-keygen` creates a key pair."
            ) from error
    return recipients


def read_identities(path: Path) -> list[Identity]:
    """Return the private keys in `path`: of `age-keygen`, or one SSH key. Raises BackupError."""
    try:
        data = path.read_bytes()
        if b"PRIVATE KEY" in data:
            return [pyrage.ssh.Identity.from_buffer(data)]
        lines = [line.strip() for line in data.decode().splitlines()]
        identities = [pyrage.x25519.Identity.from_str(li) for li in lines if li and li[0] != "#"]
    except OSError as error:
        raise BackupError(f"The identity {path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, pyrage.IdentityError) as error:
        raise BackupError(f"{path} has no valid age identity. `age-keygen` creates one.") from error
    if not identities:
        raise BackupError(f"{path} has no age identity. `age-keygen` creates one.")
    return list(identities)


def encrypt(source: ChunkReader, target: IO[bytes], to: list[Recipient]) -> None:
    """Copy `source` to `target`, encrypted to the recipients `to`, if any."""
    if not to:
        shutil.copyfileobj(source, target, CHUNK)
        return
    try:
        pyrage.encrypt_io(source, target, to)
    except pyrage.EncryptError as error:
        if source.error is not None:
            raise source.error from error
        raise BackupError(
            f"The archive cannot be written: {_ERROR_PREFIX.sub('', str(error))}."
        ) from error
