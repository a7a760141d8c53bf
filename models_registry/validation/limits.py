"""This will read how strictly a dataset is checked: what each check only warns of, and what stops the run.

Pure: the part ``validation`` of a run's config in, limits out. What a config leaves out keeps its default:

- schema: rows that are not what a manifest may hold; none is allowed.
- unreadable_images: the share of images that cannot be decoded, or whose bytes are not those that were frozen.
- few_positives: how many images of each class, and fine ones, each side of the split needs at least. Ten to fit on
  is what a network can at all be shown, three to calibrate on and one to measure on what the mathematics needs.
- class_balance: the smallest share that a class, or fine, has of the images to fit on.
- label_drift: the largest change of a class's prevalence since the last version, as Cohen's h, where .2 is a small
  and .5 a medium change (Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed., 1988, chapter 6).
- image_drift: the largest population stability index of brightness, size and shape, where .1 asks for a look and
  .25 means another population (Siddiqi, Credit Risk Scorecards, 2006, chapter 8).
- duplicates: lines that repeat the bytes of another one.
- near_duplicates: of the images that calibrate and measure, the share that looks like one on another side. The
  index that keeps near-duplicates on one side misses some of the farthest, so a few are allowed.
- annotator_imbalance: the share of people's answers that one person gave. Small teams are no reason to stop.
- leakage: images that measure or calibrate, and that the network sees, or an earlier one saw the other way round.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


class LimitsWrong(ValueError):
    """The limits cannot be read; the message is a sentence that says what is wrong."""


@dataclass(frozen=True)
class Limit:
    """Beyond ``warn`` a check warns, beyond ``fail`` it stops the run; None means never."""

    warn: float | None = None
    fail: float | None = None


@dataclass(frozen=True)
class Fewest:
    """How many images of each class, and fine ones, a side of the split needs at least."""

    fit: float = 10
    calibration: float = 3
    hold_out: float = 1


@dataclass(frozen=True)
class Limits:
    """The limits of every check, by its name."""

    schema: Limit = Limit(fail=0)
    unreadable_images: Limit = Limit(warn=0, fail=0.01)
    few_positives: Fewest = field(default_factory=Fewest)
    class_balance: Limit = Limit(warn=0.01, fail=0.001)
    label_drift: Limit = Limit(warn=0.2, fail=0.5)
    image_drift: Limit = Limit(warn=0.1, fail=0.25)
    duplicates: Limit = Limit(fail=0)
    near_duplicates: Limit = Limit(warn=0, fail=0.01)
    annotator_imbalance: Limit = Limit(warn=0.6)
    leakage: Limit = Limit(fail=0)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


NAMES = tuple(one.name for one in fields(Limits))
DEFAULT = Limits()


def read(config: Any) -> Limits:
    """Read ``{"label_drift": {"warn": 0.2, "fail": null}, …}``. Raises LimitsWrong."""
    if not isinstance(config, Mapping):
        raise LimitsWrong(f"The config's validation is an object, not {config!r}.")
    unknown = sorted(set(config) - set(NAMES))
    if unknown:
        raise LimitsWrong(f"validation has {', '.join(NAMES)}; {', '.join(map(str, unknown))} is unknown.")
    return replace(DEFAULT, **{name: _changed(name, given) for name, given in config.items()})


def _changed(name: str, given: Any) -> Any:
    """Return a check's default limits with those that are given in their place."""
    default = getattr(DEFAULT, name)
    known = [one.name for one in fields(default)]
    if not isinstance(given, Mapping) or not set(given) <= set(known):
        raise LimitsWrong(f"validation.{name} is an object with {', '.join(known)}, not {given!r}.")
    for key, value in given.items():
        _check(f"validation.{name}.{key}", value, is_optional=isinstance(default, Limit))
    return replace(default, **given)


def _check(name: str, value: Any, *, is_optional: bool) -> None:
    if value is None and is_optional:
        return
    # JSON's true is an int in Python; NaN is inside no range.
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise LimitsWrong(f"{name} is a number from 0 on{' or null' if is_optional else ''}, not {value!r}.")
