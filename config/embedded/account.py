"""This will let a server run under a user of its own when we are root, opening no folder to the world."""

import contextlib
import os
import pwd
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from config.embedded.paths import ROOT_HOME, is_root

NAME = "second-look"


class CannotMakeUser(RuntimeError):
    """We are root, PostgreSQL refuses to run as root, and no user could be added."""


class Identity(TypedDict, total=False):
    """Keyword arguments for ``subprocess`` that change the user; empty when we are not root."""

    user: int
    group: int
    extra_groups: list[int]


def identity() -> Identity:
    """Return as whom servers run, adding the system user on root's first call. Raises CannotMakeUser."""
    if not is_root():
        return {}
    entry = _entry() or _add()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _add() -> pwd.struct_passwd:
    attempts = (
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(ROOT_HOME), NAME],
        ["adduser", "-S", "-D", "-H", "-h", str(ROOT_HOME), NAME],
    )
    for command in attempts:
        with contextlib.suppress(OSError):
            subprocess.run(command, capture_output=True, check=False)
        # Asked again even after a failure: another process may have added it at the same moment.
        if entry := _entry():
            return entry
    raise CannotMakeUser(
        f"PostgreSQL refuses to run as root, and the user {NAME!r} could not be added. Add it by hand "
        f"(useradd --system {NAME}), run as an ordinary user, or set DATABASE_URL and CELERY_BROKER_URL."
    )


def private_folder(folder: Path) -> Path:
    """Make a folder that only the servers' user can enter; raises PermissionError if it is a stranger's."""
    owner = identity()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink():
        raise PermissionError(f"{folder} is a link; remove it.")
    if is_root():
        os.chown(folder, owner["user"], owner["group"])
    elif folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else; remove it.")
    folder.chmod(0o700)
    return folder


def package_folder(name: str) -> Path | None:
    """Find an installed package without importing it; None where it is not installed."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def program(binary: Path, *, root: Path, distribution: str) -> Path:
    """Return a copy of ``binary`` that the servers' user can execute; the original where it can.

    A checkout in root's private folder cannot be entered by another user. Then everything of ``distribution``
    that lies beside ``root`` (its shared libraries too) is copied once per version to where it can be read.
    """
    try:
        subprocess.run([binary, "--version"], capture_output=True, check=True, cwd="/", **identity())
        return binary
    except PermissionError:
        target = ROOT_HOME / "programs" / f"{distribution}-{version(distribution)}"
        if not target.exists():
            _copy(root, to=target)
        return target / binary.relative_to(root.parent)


def _copy(root: Path, *, to: Path) -> None:
    scratch = to.with_name(f"{to.name}.{os.getpid()}")
    for part in root.parent.glob(f"{root.name}*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, scratch / part.name, symlinks=True, ignore=_unneeded)
    for path in [to.parent.parent, to.parent, scratch, *scratch.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))
    # Two processes may copy at once: the first rename wins, and the other's copy is thrown away.
    with contextlib.suppress(OSError):
        scratch.rename(to)
    shutil.rmtree(scratch, ignore_errors=True)


def _unneeded(folder: str, names: list[str]) -> set[str]:
    """Leave out headers, static libraries and the older server that the wheel also carries."""
    return {name for name in names if name in {"include", "pginstall", "__pycache__"} or name.endswith(".a")}
