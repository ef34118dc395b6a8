"""The system user of the site: file ownership, and running functions as this user."""

import grp
import os
import pwd
import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from django.conf import settings
from django.db import connections

#: The user of nginx on Debian.
NGINX = "www-data"
#: Parts of the data folder that nginx reads.
_PUBLIC = {"static", "media"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def exists(user: str) -> bool:
    """Return whether the user exists."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def chown_recursive(folder: Path, user: str) -> int:
    """Make `user` the owner of `folder` and everything in it; return the number of changes.

    Must run as root. Symlinks that the user puts there are not followed.
    """
    owner, count = pwd.getpwnam(user), 0
    folder.mkdir(0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if (status.st_uid, status.st_gid) != (owner.pw_uid, _nginx_group()):
        os.chown(folder, owner.pw_uid, _nginx_group())
        count += 1
    for _path, folders, files, descriptor in os.fwalk(folder):
        for name in (*folders, *files):
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if (status.st_uid, status.st_gid) != (owner.pw_uid, owner.pw_gid):
                ids = owner.pw_uid, owner.pw_gid
                os.chown(name, *ids, dir_fd=descriptor, follow_symlinks=False)
                count += 1
    return count


def _nginx_group() -> int:
    """Return nginx's group, or `nogroup` if it is not installed."""
    try:
        return grp.getgrnam(NGINX).gr_gid
    except KeyError:
        return grp.getgrnam("nogroup").gr_gid


def restrict_permissions() -> int:
    """Restrict the data folder to its owner and nginx; return the number of changes.

    Must run as the owner.
    """
    data, count = settings.DATA, 0
    changes = [(data, 0o710)] if stat.S_IMODE(data.stat().st_mode) != 0o710 else []  # noqa: PLR2004 - as in chmod
    for top in os.scandir(data):
        inside = [top.path]
        if top.is_dir(follow_symlinks=False):
            inside += [f"{where}/{name}" for where, a, b in os.walk(top.path) for name in (*a, *b)]
        for name in inside:
            mode = stat.S_IMODE(os.lstat(name).st_mode)
            expected = _expected_mode(top.name, mode, is_folder=Path(name).is_dir())
            if mode != expected and not Path(name).is_symlink():
                changes.append((Path(name), expected))
    for path, mode in changes:
        path.chmod(mode)
        count += 1
    return count


def _expected_mode(top: str, mode: int, *, is_folder: bool) -> int:
    if top in _PUBLIC:
        return mode | (0o055 if is_folder else 0o044)
    return mode & ~_OTHERS


def run_as[**P, T](user: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` in a separate process as `user`; return its result or raise its exception.

    So the user owns the files that it writes. Must run as root.
    """
    connections.close_all()
    context = get_context("fork")
    with ProcessPoolExecutor(
        1, mp_context=context, initializer=_switch_user, initargs=(user,)
    ) as pool:
        return pool.submit(function, *args, **kwargs).result()


def _switch_user(user: str) -> None:
    owner = pwd.getpwnam(user)
    os.initgroups(user, owner.pw_gid)
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    os.environ["HOME"] = str(settings.DATA)
