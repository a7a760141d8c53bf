"""This will turn a model version's evaluation into what its page shows: headline, classes, slices, worst errors, speed.

Pure reading of a report. What an older report does not hold is left out, part by part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from config.accounts import preferences
from models_registry.models import LabelSchema
from models_registry.operating_points import number

_DIMENSIONS = {
    "brightness": gettext_lazy("Brightness"),
    "size": gettext_lazy("Longer side"),
    "source": gettext_lazy("Source of the truth"),
}
_SOURCES = {"question": gettext_lazy("Answered here"), "import": gettext_lazy("Imported")}


@dataclass(frozen=True)
class Interval:
    """A share with its 95 % interval, in percent; where it lies on an axis of 0 to 100."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True)
class ClassRow:
    """One class, or "any violation" under an empty name."""

    name: str
    positives: int
    average_precision: Interval | None
    calibration_error: float | None


@dataclass(frozen=True)
class SliceRow:
    """One slice; ``stands_out`` where its machine recall is surely below that of the whole."""

    dimension: str
    value: str
    images: int
    positives: int
    recall: Interval | None
    wrong: Interval | None
    average_precision: float | None
    is_enough: bool
    stands_out: bool


@dataclass(frozen=True)
class ErrorCard:
    """An image that is judged wrongly; ``relief`` are the style classes that spare this person its sight."""

    sha256: str
    score: float
    words: str
    relief: str


@dataclass(frozen=True)
class Gallery:
    """The worst errors of one kind, and how many there are of that kind on the hold-out."""

    cards: list[ErrorCard]
    total: int


@dataclass(frozen=True)
class Shown:
    """The parts of the page; None or empty where the report does not say. Shares are in percent."""

    classes: list[ClassRow]
    point: Mapping[str, Any] | None
    slices: list[SliceRow]
    missed: Gallery | None
    wrong: Gallery | None
    speed: Mapping[str, Any] | None


def shown(report: Mapping[str, Any], schema: LabelSchema, *, relief: Mapping[str, Any]) -> Shown:
    """Return the parts; ``relief`` is when the reader is spared what, as in ``preferences``."""
    names = {one["key"]: str(one["name"]) for one in schema.classes}
    point = report.get("operating_point")
    errors = report.get("errors") or {}
    missed, wrong = (
        Gallery([_card(one, kind, names, relief) for one in errors[kind]], int(errors[f"n_{kind}"])) if errors else None
        for kind in ("missed", "wrong")
    )
    return Shown(
        list(_classes(report, names)),
        _point(point) if point else None,
        _slices(report.get("slices") or [], overall=number((point or {}).get("recall"))),
        missed,
        wrong,
        report.get("speed"),
    )


def _classes(report: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[ClassRow]:
    known = report.get("classes") or {}
    for name, one in [("", report.get("any")), *((names[key], known[key]) for key in names if key in known)]:
        if one:
            error = number(one.get("calibration_error"))
            yield ClassRow(
                name,
                int(one.get("n_positive") or 0),
                _interval(one, "average_precision"),
                None if error is None else 100 * error,
            )


def _point(point: Mapping[str, Any]) -> dict[str, Any]:
    shares = {name: point.get(name) for name in ("precision", "recall", "flagged_share", "required_precision")}
    return {name: None if value is None else 100 * value for name, value in shares.items()} | {
        "basis": point["basis"],
        "threshold": point["threshold"],
    }


def _slices(found: Sequence[Mapping[str, Any]], *, overall: float | None) -> list[SliceRow]:
    return [
        SliceRow(
            dimension=_dimension(str(one["dimension"])),
            value=_value(str(one["dimension"]), str(one["value"])),
            images=int(one["n"]),
            positives=int(one["n_positive"]),
            recall=_interval(one, "recall"),
            wrong=_interval(one, "wrong_share"),
            average_precision=None if one["average_precision"] is None else 100 * one["average_precision"],
            is_enough=bool(one["is_enough"]),
            stands_out=bool(one["is_enough"]) and overall is not None and one["recall_high"] < overall,
        )
        for one in found
    ]


def _interval(one: Mapping[str, Any], name: str) -> Interval | None:
    value, low, high = (number(one.get(f"{name}{end}")) for end in ("", "_low", "_high"))
    if value is None:
        return None
    return Interval(100 * value, 100 * (value if low is None else low), 100 * (value if high is None else high))


def _dimension(code: str) -> str:
    return str(_DIMENSIONS.get(code, code.removeprefix("attribute:")))


def _value(dimension: str, code: str) -> str:
    """Word a value: bounds as numbers with their unit, what is named as it is named."""
    if dimension == "source":
        return str(_SOURCES.get(code, code))
    if dimension not in _DIMENSIONS:
        return code
    low, _, high = code.rstrip("+").partition("-")
    scale, unit = (100, "%") if dimension == "brightness" else (1, "px")
    bounds = [number_format(scale * float(one), 0, force_grouping=True) for one in (low, high) if one]
    if len(bounds) == 1:
        return gettext("%(low)s %(unit)s or more") % {"low": bounds[0], "unit": unit}
    return gettext("%(low)s to %(high)s %(unit)s") % {"low": bounds[0], "high": bounds[1], "unit": unit}


def _card(one: Mapping[str, Any], kind: str, names: Mapping[str, str], relief: Mapping[str, Any]) -> ErrorCard:
    """Word one error: what it truly is where it was missed, what it was taken for where it is fine."""
    classes = [str(key) for key in one["classes"]] if kind == "missed" else [str(one["top_class"])]
    seen = {*classes, str(one["top_class"])}
    spared = [name for name, when in relief.items() if _applies(when, seen)]
    return ErrorCard(
        str(one["sha256"]),
        100 * float(one["score"]),
        ", ".join(names.get(key, key) for key in classes),
        " ".join(f"relief-{name}" for name in spared),
    )


def _applies(when: Any, classes: set[str]) -> bool:
    return bool(classes & set(when)) if isinstance(when, list) else when == preferences.ALWAYS
