"""This will say the demo accounts' password and the demo client's API token.

From the environment where it gives them; otherwise generated once and kept in ``var``, readable only by its
owner.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from config.embedded.paths import var_folder

ROLES = ("admin", "moderator", "annotator", "engineer", "manager")


@dataclass(frozen=True)
class DemoAccess:
    """One password for all demo accounts, and the token of the demo client."""

    password: str
    token: str


def kept_at() -> Path:
    return var_folder() / "demo-access.json"


def read_or_make() -> DemoAccess:
    """Return the password and the token; two callers who race get the same ones."""
    password = os.environ.get("SECOND_LOOK_DEMO_PASSWORD")
    token = os.environ.get("SECOND_LOOK_DEMO_TOKEN")
    if password and token:
        return DemoAccess(password=password, token=token)
    kept = _read(kept_at()) or _make(kept_at())
    return DemoAccess(password=password or kept.password, token=token or kept.token)


def _read(path: Path) -> DemoAccess | None:
    try:
        return DemoAccess(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def _make(path: Path) -> DemoAccess:
    made = DemoAccess(password=secrets.token_urlsafe(9), token=secrets.token_urlsafe(32))
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(made), file)
    try:
        # A link, unlike a rename, fails if somebody was faster; and the file is never seen half written.
        os.link(scratch, path)
    except FileExistsError:
        return _read(path) or made
    finally:
        scratch.unlink()
    return made
