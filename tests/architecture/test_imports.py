"""Tests that the import contracts hold, and that they bite."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "moderation", "annotation", "models_registry")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter over a tree."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return subprocess.run(
        [*command, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages and their contracts, to plant violations in."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(CHECKOUT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_contracts_hold() -> None:
    done = lint(CHECKOUT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("annotation/queue.py", "from moderation import policy", "Arrows only go down"),
        ("models_registry/registry.py", "from annotation import labels", "Arrows only go down"),
        ("config/accounts/models.py", "import models_registry", "Arrows only go down"),
        ("moderation/states.py", "import django", "Pure rooms know no Django"),
        ("moderation/intake.py", "import torch", "torch and onnxruntime load only behind two doors"),
        ("annotation/predictions.py", "from models_registry.ml import network", "Only training and serving open ml/"),
        ("moderation/screening.py", "from moderation import tasks", "Rooms never import tasks, views"),
    ],
)
def test_a_planted_violation_breaks_its_contract(tree: Path, room: str, line: str, contract: str) -> None:
    planted = tree / room
    before = planted.read_text()
    planted.write_text(f"{before}\n\n{line}  # planted\n")
    try:
        done = lint(tree)
    finally:
        planted.write_text(before)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = " ".join(done.stdout.split("Broken contracts")[-1].split())
    assert contract in broken
