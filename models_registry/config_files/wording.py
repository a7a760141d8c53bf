"""This will word what is wrong with a config file, in the reader's language."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext

from models_registry.config_files.tree import Fields, Items, Node, Value
from models_registry.training.configs import Choice, Kind, Number, NumberOrWord

_LONGEST = 60


def unknown_key(name: str, known: Iterable[str]) -> str:
    """Say that a key is unknown, with the nearest known one, or all of them where none is near."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        said = gettext("“%(name)s” is unknown. Did you mean “%(near)s”?")
        return said % {"name": _short(name), "near": near[0]}
    said = gettext("“%(name)s” is unknown. There is %(known)s.")
    return said % {"name": _short(name), "known": ", ".join(names)}


def wanted(kind: Kind, found: Node) -> str:
    """Say what stands in a place and what should."""
    if isinstance(found, Value) and isinstance(found.value, str) and isinstance(kind, Choice):
        near = get_close_matches(found.value, kind.words, n=1, cutoff=0.6)
        if near:
            said = gettext("“%(found)s” is unknown. Did you mean “%(near)s”?")
            return said % {"found": _short(found.value), "near": near[0]}
    return gettext("This is %(kind)s, not %(found)s.") % {"kind": _kind(kind), "found": _found(found)}


def _kind(kind: Kind) -> str:
    if isinstance(kind, Choice):
        return gettext("one of %(words)s") % {"words": ", ".join(kind.words)}
    if isinstance(kind, NumberOrWord):
        words = ", ".join(kind.words)
        return gettext("%(number)s, or one of %(words)s") % {"number": _kind(kind.number), "words": words}
    if not isinstance(kind, Number):
        return gettext("a word or null")
    said = (
        gettext("a whole number from %(low)s to %(high)s")
        if kind.is_whole
        else gettext("a number from %(low)s to %(high)s")
    )
    filled = said % {"low": _number(kind.low), "high": _number(kind.high)}
    return gettext("%(number)s, or null") % {"number": filled} if kind.is_optional else filled


def _found(node: Node) -> str:
    if isinstance(node, Items):
        return gettext("a list")
    if isinstance(node, Fields):
        return gettext("a section")
    return "null" if node.value is None else _short(node.value)


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 10_000 else str(int(value))


def _short(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
