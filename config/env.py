"""This will read settings from the environment, and stop the process with a sentence where one is missing or odd.

Only ``config`` reads the environment. Every function names the variable in its error.
"""

import os
from urllib.parse import parse_qs, unquote, urlsplit

# A claim and an answer are the same statements again and again: planned once a connection, they cost the database
# little more than half.
PREPARE_AFTER = 5


class BadSetting(SystemExit):
    """A setting is missing or odd; the process ends with the sentence as its message."""


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "") or default
    if value is None:
        raise BadSetting(f"{name} is not set, and there is no default for it.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise BadSetting(f"{name} should be 1 or 0, not {value!r}.")
    return default


def integer(name: str, default: int, *, low: int, high: int) -> int:
    """Read a whole number in [low, high]."""
    value = os.environ.get(name, "") or str(default)
    if not value.lstrip("-").isdigit() or not low <= int(value) <= high:
        raise BadSetting(f"{name} should be a whole number from {low} to {high}, not {value!r}.")
    return int(value)


def names(name: str, default: str) -> list[str]:
    """Read a comma-separated list; blanks are dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, object]:
    """Turn a PostgreSQL URL into Django's dictionary.

    A unix socket is given as ``postgresql://user@/name?host=/folder``. No other engine is accepted.
    ``?prepare_threshold=off`` is for a pooler that hands statements of one connection to many.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting(
            f"DATABASE_URL should start with postgresql://, not {parts.scheme!r}: no other engine is used."
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    prepare_threshold = None if query.pop("prepare_threshold", "") == "off" else PREPARE_AFTER
    return {
        "ENGINE": "config.database",
        "NAME": unquote(parts.path.lstrip("/")) or "second_look",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": True, **query, "prepare_threshold": prepare_threshold},
    }
