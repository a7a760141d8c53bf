"""This will prove that the lock fits every platform, though it is made on one."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from config.embedded.paths import CHECKOUT


@pytest.fixture
def lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", CHECKOUT / "scripts" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_local_versions_and_what_torch_chooses_itself_are_left_out(lock: ModuleType) -> None:
    assert lock.pins("nvidia-cublas==13.1\npip==25.0\ntorch==2.13.0+cpu\n") == ["torch==2.13.0"]


def test_onnxruntime_is_chosen_by_platform(lock: ModuleType) -> None:
    plain, gpu = lock.pins("onnxruntime-gpu==1.31.1\n")
    assert plain.startswith("onnxruntime==1.31.1; ")
    assert gpu == 'onnxruntime-gpu==1.31.1; sys_platform == "linux" and platform_machine == "x86_64"'


def test_the_second_lock_holds_only_what_the_tools_add(lock: ModuleType, tmp_path: Path) -> None:
    lock.write_locks(tmp_path, run_freeze="Django==5.2.19\n", dev_freeze="Django==5.2.19\npytest==9.2.0\n")
    assert "Django" not in (tmp_path / "requirements-dev.txt").read_text()
    assert "-r requirements.txt\npytest==9.2.0\n" in (tmp_path / "requirements-dev.txt").read_text()
