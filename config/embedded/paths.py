"""This will say where the embedded servers keep their data, sockets and locks.

The answer depends only on the ``var`` folder (``SECOND_LOOK_VAR``, or ``var/`` in the checkout) and on
whether we are root, so that any two processes of one checkout agree without asking each other.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parent.parent.parent
ROOT_HOME = Path("/var/lib/second-look")
DATABASE = "second_look"
# The kernel's limit for the path of a unix socket is 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_LIMIT_BYTES = 100
# Not tempfile.gettempdir(): two shells with different TMPDIRs must still find one and the same server.
SHORT_FOLDER = Path("/tmp")  # noqa: S108  # nosec B108


@dataclass(frozen=True)
class Places:
    """Folders of one set of servers. ``home`` holds data and locks; sockets may have to live elsewhere."""

    home: Path
    sockets: Path

    @property
    def postgresql_data(self) -> Path:
        return self.home / "postgresql" / "data"

    @property
    def valkey_data(self) -> Path:
        return self.home / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def log(self) -> Path:
        return self.home / "servers.log"

    def lock(self, name: str) -> Path:
        return self.home / f"{name}.lock"

    @property
    def failure(self) -> Path:
        """Where the keeper leaves the sentence that says why it gave up."""
        return self.home / "failure.txt"


def var_folder() -> Path:
    """Return the folder for everything that is not code; it need not exist yet."""
    return Path(os.environ.get("SECOND_LOOK_VAR") or CHECKOUT / "var").absolute()


def is_root() -> bool:
    return os.geteuid() == 0


def places() -> Places:
    """Work out the folders for this ``var`` folder and this user; touches no disk."""
    key = hashlib.sha256(os.fsencode(var_folder().resolve())).hexdigest()[:12]
    # PostgreSQL refuses to run as root, and another user cannot pass through root's private folders. Opening
    # them to the world is no remedy, so root's servers live where a system service keeps its data.
    home = ROOT_HOME / key if is_root() else var_folder() / "embedded"
    sockets = home / "sockets"
    if len(os.fsencode(sockets / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT_BYTES:
        sockets = SHORT_FOLDER / f"second-look-{os.geteuid()}-{key}"
    return Places(home=home, sockets=sockets)


def database_url(name: str = DATABASE) -> str:
    """Return the URL of the embedded database; starts nothing."""
    return f"postgresql://{DATABASE}@/{name}?host={quote(str(places().sockets))}"


def broker_url(number: int = 0) -> str:
    """Return the URL of the embedded broker, as Celery spells a unix socket; starts nothing."""
    suffix = f"?virtual_host={number}" if number else ""
    return f"redis+socket://{quote(str(places().valkey_socket))}{suffix}"
