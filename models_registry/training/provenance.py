"""This will say which code a run was executed by."""

import subprocess
from functools import cache

from django.conf import settings


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
