"""This will prove that set-up says in one line what is missing, and does nothing twice."""

import importlib.util
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from config.embedded.paths import CHECKOUT

LOCKS = ("requirements.txt", "requirements-dev.txt", "package-lock.json")


@pytest.fixture
def set_up() -> ModuleType:
    spec = importlib.util.spec_from_file_location("set_up", CHECKOUT / "scripts" / "set_up.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout in which nothing has been set up."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(CHECKOUT / "scripts" / "set_up.py", tmp_path / "scripts")
    for name in LOCKS:
        shutil.copy(CHECKOUT / name, tmp_path)
    return tmp_path


def test_a_taken_port_is_said_in_one_line_before_anything_is_made(bare: Path) -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        port = line.getsockname()[1]
        command = [sys.executable, "scripts/set_up.py", "run", "--port", str(port)]
        done = subprocess.run(command, cwd=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"port {port}, which is in use" in done.stderr
    assert not (bare / ".venv").exists()


def test_all_that_is_missing_is_said_together(bare: Path, set_up: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up, "NEEDED_BYTES", 10**18)
    monkeypatch.setattr(set_up, "OLDEST_PYTHON", (99, 0))
    missing = set_up.SetUp(bare, kind="run").missing(port=None)
    assert len(missing) == 2
    assert missing[0].startswith("8 GB of free disk")
    assert missing[1].startswith("Python 3.11 or newer")


def test_a_python_without_venv_is_told_what_to_install(set_up: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up.importlib.util, "find_spec", lambda name: None)
    assert "apt-get install python3-venv" in set_up.python_problems()[0]


def test_what_is_stamped_is_not_done_again_until_its_lock_changes(bare: Path, set_up: ModuleType) -> None:
    one = set_up.SetUp(bare, kind="run")
    assert not one.has_python_packages()
    one.python.parent.mkdir(parents=True)
    one.python.touch()
    one.python_stamp("run").touch()
    assert one.has_python_packages()
    (bare / "requirements.txt").write_text("another==1\n")
    assert not one.has_python_packages()


def test_the_tools_set_up_serves_for_running_too(bare: Path, set_up: ModuleType) -> None:
    one = set_up.SetUp(bare, kind="run")
    one.python.parent.mkdir(parents=True)
    one.python.touch()
    one.python_stamp("dev").touch()
    assert one.has_python_packages()


def test_the_locks_name_no_registry_and_pin_everything() -> None:
    for name in LOCKS:
        assert "://" not in "".join(line for line in (CHECKOUT / name).read_text().splitlines() if '"url"' not in line)
    for name in LOCKS[:2]:
        lines = (CHECKOUT / name).read_text().splitlines()
        assert all("==" in line for line in lines if line and not line.startswith(("#", "-r")))
