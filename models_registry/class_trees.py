"""This will say how the classes of a schema stand under each other, and refuse classes that cannot make a schema. Pure.

A class may name the one it stands under by ``parent``: *blood* under *gruesome*. Both can be answered, and an answer
that names a class names every class above it, so a set of classes is always whole. That one rule keeps all that counts
classes sound without knowing of the tree: where more than half say *blood*, more than half say *gruesome*; an image of
*blood* teaches the model both; a policy has a band for each.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SINGLE, SEVERAL = "single", "several"
KINDS = (SINGLE, SEVERAL)
SEVERITIES = (1, 2, 3)
FIELDS = frozenset({"key", "name", "guideline", "severity", "parent"})
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
MOST_CLASSES = 200
NAME_LENGTH, GUIDELINE_LENGTH = 100, 4000

Class = Mapping[str, Any]


class BadSchema(ValueError):
    """The classes cannot make a schema; the message names the class and says why."""


@dataclass(frozen=True)
class Definition:
    """What somebody writes down to say which classes a project has."""

    classes: Sequence[Class]
    kind: str = SEVERAL
    guideline: str = ""

    @classmethod
    def from_json(cls, text: str) -> "Definition":
        """Read ``{"kind", "guideline", "classes": […]}``, checked. Raises BadSchema."""
        try:
            found = json.loads(text)
        except ValueError as error:
            raise BadSchema(f"This is not JSON: {error}") from None
        if not isinstance(found, dict) or set(found) - {"kind", "guideline", "classes"} or "classes" not in found:
            raise BadSchema("A schema is written as {kind, guideline, classes}.")
        if not isinstance(found.get("guideline", ""), str):
            raise BadSchema("The guideline of a schema is a text.")
        check(found["classes"], kind=found.get("kind", SEVERAL))
        return cls(**found)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)


def check(classes: Sequence[Class], *, kind: str) -> None:
    """Raises BadSchema at the first thing that is odd."""
    if kind not in KINDS:
        raise BadSchema(f"The kind of a schema is {' or '.join(KINDS)}, not {kind!r}.")
    if not isinstance(classes, Sequence) or not 0 < len(classes) <= MOST_CLASSES:
        raise BadSchema(f"A schema has at least one class, and at most {MOST_CLASSES}.")
    for place, one in enumerate(classes, start=1):
        _check_class(one, place=place)
    keys = [one["key"] for one in classes]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise BadSchema(f"Two classes have the key {twice[0]}.")
    _check_parents({one["key"]: one.get("parent") for one in classes})


def _check_class(one: Class, *, place: int) -> None:
    if not isinstance(one, Mapping) or not isinstance(one.get("key"), str) or not KEY.fullmatch(one["key"]):
        raise BadSchema(f"Class {place} needs a key of up to 50 plain letters, digits, - and _.")
    key = one["key"]
    if odd := sorted(set(one) - FIELDS):
        raise BadSchema(f"Class {key} has a field that nobody reads: {odd[0]}.")
    if one.get("severity", 1) not in SEVERITIES:
        raise BadSchema(f"The severity of class {key} is 1, 2 or 3.")
    for name, most in (("name", NAME_LENGTH), ("guideline", GUIDELINE_LENGTH)):
        if name in one and not (isinstance(one[name], str) and len(one[name]) <= most):
            raise BadSchema(f"The {name} of class {key} is a text of up to {most} characters.")
    if not one.get("name", key).strip():
        raise BadSchema(f"Class {key} has an empty name.")


def _check_parents(parents: Mapping[str, Any]) -> None:
    for key, parent in parents.items():
        if parent is not None and parent not in parents:
            raise BadSchema(f"Class {key} stands under {parent}, which is no class of this schema.")
    for key in parents:
        above, seen = parents[key], {key}
        while above is not None:
            if above in seen:
                raise BadSchema(f"Class {key} stands under itself, by way of {parents[key]}.")
            seen.add(above)
            above = parents[above]


def with_parents(classes: Sequence[Class], keys: Iterable[str]) -> list[str]:
    """Return these keys and those of every class above them, sorted."""
    parents = {one["key"]: one.get("parent") for one in classes}
    whole: set[str] = set()
    for key in keys:
        above: str | None = key
        while above is not None and above not in whole:
            whole.add(above)
            above = parents.get(above)
    return sorted(whole)


def closest(classes: Sequence[Class], keys: Iterable[str]) -> list[str]:
    """Return those of these keys under which no other of them stands: what a person meant, sorted."""
    keys = set(keys)
    above = {one for key in keys for one in with_parents(classes, [key]) if one != key}
    return sorted(keys - above)


def shape(classes: Sequence[Class]) -> dict[str, str | None]:
    """Return which classes there are and what each stands under: all that an answer can say."""
    return {one["key"]: one.get("parent") for one in classes}
