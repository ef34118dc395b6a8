"""The user that the site runs as, what belongs to it, and work that is done as it."""

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

#: Who nginx is, on Debian.
NGINX = "www-data"
#: What nginx reads in the data folder; `front` looks after itself.
_SERVED = {"static", "media"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def exists(user: str) -> bool:
    """Whether this machine has the user."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def give(folder: Path, user: str) -> int:
    """Let `folder` and all in it belong to `user`; return how much did not.

    Only root may. What the user puts in the way, such as a link, leads nowhere else.
    """
    owner, count = pwd.getpwnam(user), 0
    folder.mkdir(0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if (status.st_uid, status.st_gid) != (owner.pw_uid, _nginx()):
        os.chown(folder, owner.pw_uid, _nginx())
        count += 1
    for _path, folders, files, place in os.fwalk(folder):
        for name in (*folders, *files):
            status = os.stat(name, dir_fd=place, follow_symlinks=False)
            if (status.st_uid, status.st_gid) != (owner.pw_uid, owner.pw_gid):
                ids = owner.pw_uid, owner.pw_gid
                os.chown(name, *ids, dir_fd=place, follow_symlinks=False)
                count += 1
    return count


def _nginx() -> int:
    """Return nginx's group, or that of nobody where it is not installed."""
    try:
        return grp.getgrnam(NGINX).gr_gid
    except KeyError:
        return grp.getgrnam("nogroup").gr_gid


def close_to_others() -> int:
    """Close the data folder to all but its owner, and what nginx serves; return how much was open.

    To be run as the owner.
    """
    data, count = settings.DATA, 0
    changes = [(data, 0o710)] if stat.S_IMODE(data.stat().st_mode) != 0o710 else []  # noqa: PLR2004 - as in chmod
    for top in os.scandir(data):
        inside = [top.path]
        if top.is_dir(follow_symlinks=False):
            inside += [f"{where}/{name}" for where, a, b in os.walk(top.path) for name in (*a, *b)]
        for name in inside:
            mode = stat.S_IMODE(os.lstat(name).st_mode)
            wish = _wish(top.name, mode, is_folder=Path(name).is_dir())
            if mode != wish and not Path(name).is_symlink():
                changes.append((Path(name), wish))
    for path, mode in changes:
        path.chmod(mode)
        count += 1
    return count


def _wish(top: str, mode: int, *, is_folder: bool) -> int:
    if top in _SERVED:
        return mode | (0o055 if is_folder else 0o044)
    return mode if top == "front" else mode & ~_OTHERS


def run_as[**P, T](user: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `function` returns in a process of its own that is `user`, or raise what it does.

    So whatever the site writes meanwhile is its own. Only root may.
    """
    connections.close_all()
    context = get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_become, initargs=(user,)) as pool:
        return pool.submit(function, *args, **kwargs).result()


def _become(user: str) -> None:
    owner = pwd.getpwnam(user)
    os.initgroups(user, owner.pw_gid)
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    os.environ["HOME"] = str(settings.DATA)
