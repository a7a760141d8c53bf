"""This will write requirements.txt and requirements-dev.txt from the short lists, by installing them once.

Everything is installed into a virtual environment that is thrown away, and what pip chose is written down. Run it on
Linux x86-64: ``make lock``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# torch pins these itself, and other ones for each platform and build; they are no choice of ours.
CHOSEN_BY_TORCH = ("nvidia-", "cuda-", "triton")
# Part of the virtual environment itself.
INSTALLER = ("pip", "wheel")
IS_GPU_PLATFORM = 'sys_platform == "linux" and platform_machine == "x86_64"'
IS_OTHER_PLATFORM = 'sys_platform != "linux" or platform_machine != "x86_64"'
RUN_HEADING = "# The full lock of what runs, made by `make lock` from requirements.in. Edit that, not this."
DEV_HEADING = "# The full lock of the tools, made by `make lock` from requirements-dev.in. Edit that, not this."


def pins(freeze: str) -> list[str]:
    """Turn ``pip freeze`` into lock lines.

    Local versions go (CPU and CUDA builds of torch share a version); onnxruntime is chosen by platform.
    """
    lines: list[str] = []
    for line in freeze.splitlines():
        name, _, version = line.partition("==")
        if not version or name in INSTALLER or name.startswith(CHOSEN_BY_TORCH):
            continue
        version = re.sub(r"\+.*", "", version)
        if name == "onnxruntime-gpu":
            lines.append(f"onnxruntime=={version}; {IS_OTHER_PLATFORM}")
            lines.append(f"onnxruntime-gpu=={version}; {IS_GPU_PLATFORM}")
        else:
            lines.append(f"{name}=={version}")
    return lines


def write_locks(root: Path, *, run_freeze: str, dev_freeze: str) -> None:
    """Write both locks; the second holds only what the tools add."""
    run, dev = pins(run_freeze), pins(dev_freeze)
    added = [line for line in dev if line not in run]
    (root / "requirements.txt").write_text("\n".join([RUN_HEADING, *run, ""]))
    (root / "requirements-dev.txt").write_text("\n".join([DEV_HEADING, "-r requirements.txt", *added, ""]))


def install(python: Path, *, requirements: Path) -> str:
    """Install a short list and return what is installed then, as ``pip freeze`` says it."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "-r", str(requirements)], check=True)
    return subprocess.run([*pip, "freeze", "--all"], check=True, capture_output=True, text=True).stdout


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="second-look-lock-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        run_freeze = install(python, requirements=ROOT / "requirements.in")
        dev_freeze = install(python, requirements=ROOT / "requirements-dev.in")
    write_locks(ROOT, run_freeze=run_freeze, dev_freeze=dev_freeze)


if __name__ == "__main__":
    main()
