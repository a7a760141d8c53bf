"""This will say which code a run was executed by, and on what."""

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings

_ROOMS = ("ml", "training", "validation")
# What computes a step's files besides our own code.
_PACKAGES = ("torch", "torchvision", "onnx", "onnxruntime", "onnxruntime-gpu", "numpy", "pillow", "pyarrow")


@cache
def code_commit() -> str:
    """Return the commit that CODE_COMMIT names, else the checkout's own; empty where there is neither."""
    if settings.CODE_COMMIT:
        return str(settings.CODE_COMMIT)[:40]
    command = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()[:40] if asked.returncode == 0 else ""


@cache
def code_version() -> str:
    """Return a hash of all code that the steps run, and of the packages that compute for them.

    Of the source and not of the commit: a change elsewhere does not make old results useless, and an uncommitted one
    does. One for all steps, because a list of what each depends on would be forgotten some day.
    """
    digest = hashlib.sha256()
    for path in sorted(one for room in _ROOMS for one in (_registry() / room).rglob("*.py")):
        digest.update(f"{path.relative_to(_registry())}\n".encode() + path.read_bytes())
    for package in _PACKAGES:
        digest.update(f"{package} {_version(package)}\n".encode())
    return digest.hexdigest()[:16]


@cache
def environment() -> dict[str, Any]:
    """Return what this worker computes on and with: Python, system, processor, cores, graphics processor, packages.

    Loads torch, to ask for the graphics processor; nothing is listed that is not there.
    """
    import torch

    from models_registry.ml import timing

    has_gpu = torch.cuda.is_available()
    found = {
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "processor": timing.processor(),
        "cores": os.cpu_count(),
        "gpu": f"{torch.cuda.device_count()} × {torch.cuda.get_device_name()}" if has_gpu else "",
    }
    found |= {package: _version(package) for package in _PACKAGES}
    return {name: value for name, value in found.items() if value}


def _registry() -> Path:
    return Path(__file__).resolve().parent.parent


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
