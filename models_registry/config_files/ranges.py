"""This will read the ranges of a study: ``{low, high, scale, step}`` or ``{choices: […]}`` in place of a value."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from models_registry.config_files.keys import Key
from models_registry.config_files.tree import Fields, Items, Node, Place, Value
from models_registry.config_files.wording import unknown_key, wanted
from models_registry.training.configs import Number, NumberOrWord

LINEAR, LOG = "linear", "log"
MOST_CHOICES = 50


class NoRange(Exception):
    """What stands in place of a value is no range; says where, of which path, and why."""

    def __init__(self, place: Place, path: str, message: str) -> None:
        super().__init__(message)
        self.place, self.path, self.message = place, path, message


@dataclass(frozen=True)
class Range:
    """What a study may try for one value: ``choices``, or numbers from ``low`` to ``high``.

    ``path`` is its dotted name in the file, ``part`` and ``name`` its place in a run's config, ``place`` where it
    stands in the text.
    """

    path: str
    part: str
    name: str
    place: Place
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_log: bool = False
    is_whole: bool = False
    step: float | None = None

    @property
    def first(self) -> Any:
        """Return a value that stands for the range where one is needed."""
        return self.choices[0] if self.choices else self.low


def read(node: Fields, *, key: Key, path: str) -> Range:
    """Read one range. Raises NoRange."""
    names = ["choices"] if any(one.value == "choices" for one, _ in node.fields) else ["low", "high", "scale", "step"]
    given: dict[str, Node] = {}
    for name, value in node.fields:
        if name.value not in names:
            raise NoRange(name.place, f"{path}.{name.value}", unknown_key(str(name.value), names))
        if name.value in given:
            raise NoRange(name.place, f"{path}.{name.value}", gettext("This key stands here twice."))
        given[str(name.value)] = value
    if not key.may_range:
        raise NoRange(node.place, path, gettext("A study cannot search this; write one value."))
    return _choices(given["choices"], node, key, path) if names == ["choices"] else _span(given, node, key, path)


def _choices(listed: Node, node: Fields, key: Key, path: str) -> Range:
    if not isinstance(listed, Items) or not 2 <= len(listed.items) <= MOST_CHOICES:
        raise NoRange(listed.place, f"{path}.choices", gettext("Choices are a list of two values or more, in [ ]."))
    values: list[Any] = []
    for one in listed.items:
        if not isinstance(one, Value) or not key.kind.takes(one.value):
            raise NoRange(one.place, f"{path}.choices", wanted(key.kind, one))
        if one.value in values:
            raise NoRange(one.place, f"{path}.choices", gettext("This choice is listed twice."))
        values.append(one.value)
    return Range(path, key.part, key.name, node.place, choices=tuple(values))


def _span(given: dict[str, Node], node: Fields, key: Key, path: str) -> Range:
    number = key.kind.number if isinstance(key.kind, NumberOrWord) else key.kind
    if not isinstance(number, Number):
        raise NoRange(node.place, path, gettext("This takes no numbers; list what to try as choices: […]."))
    for name in ("low", "high"):
        value = given.get(name)
        if value is None:
            raise NoRange(node.place, path, gettext("A range has a low and a high."))
        if not isinstance(value, Value) or value.value is None or not number.takes(value.value):
            raise NoRange(value.place, f"{path}.{name}", wanted(number, value))
    return _checked_span(
        {name: (one.place, getattr(one, "value", one)) for name, one in given.items()}, node, key, path
    )


def _checked_span(given: dict[str, tuple[Place, Any]], node: Fields, key: Key, path: str) -> Range:
    low, high = given["low"][1], given["high"][1]
    scale_at, scale = given.get("scale", (node.place, LINEAR))
    step_at, step = given.get("step", (node.place, None))
    if not low < high:
        raise NoRange(given["high"][0], f"{path}.high", gettext("The high of a range is above its low."))
    if scale not in (LINEAR, LOG):
        raise NoRange(scale_at, f"{path}.scale", gettext("The scale is linear or log."))
    if scale == LOG and low <= 0:
        raise NoRange(given["low"][0], f"{path}.low", gettext("A log scale begins above 0."))
    if step is not None and (scale == LOG or not isinstance(step, int | float) or not 0 < step <= high - low):
        raise NoRange(
            step_at, f"{path}.step", gettext("A step is a number above 0, within the range, on a linear scale.")
        )
    kind = key.kind.number if isinstance(key.kind, NumberOrWord) else key.kind
    is_whole = isinstance(kind, Number) and kind.is_whole
    if is_whole and isinstance(step, float):
        raise NoRange(step_at, f"{path}.step", gettext("The step between whole numbers is a whole number."))
    return Range(
        path, key.part, key.name, node.place, low=low, high=high, is_log=scale == LOG, is_whole=is_whole, step=step
    )
