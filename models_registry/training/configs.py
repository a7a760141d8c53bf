"""This will check how a run is to be fitted when it is requested, hours before a worker would stumble over it.

Plain JSON in; torch is not loaded, so the web process may ask. ``ml.recipe.FitConfig`` is what becomes of ``fit``, and
a test holds its fields to these. ``config_files`` holds what people write in YAML to the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_registry.ml import recipe
from models_registry.ml.preprocessing import FILTERS, CanvasSpec
from models_registry.validation import limits


class ConfigWrong(ValueError):
    """No worker could train with this config; the message is a sentence that says what is wrong."""


@dataclass(frozen=True)
class Number:
    """A field that takes numbers from ``low`` to ``high``."""

    low: float
    high: float
    is_whole: bool = False
    is_optional: bool = False

    def takes(self, value: Any) -> bool:
        if value is None:
            return self.is_optional
        # JSON's true is an int in Python; NaN is inside no range.
        kinds = (int,) if self.is_whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.low <= value <= self.high

    def __str__(self) -> str:
        kind = "a whole number" if self.is_whole else "a number"
        return f"{kind} from {self.low} to {self.high}{' or null' if self.is_optional else ''}"


@dataclass(frozen=True)
class Choice:
    """A field that takes one of some words."""

    words: tuple[str, ...]

    def takes(self, value: Any) -> bool:
        return value in self.words

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"


@dataclass(frozen=True)
class NumberOrWord:
    """A field that takes a number or one of some words."""

    number: Number
    words: tuple[str, ...]

    def takes(self, value: Any) -> bool:
        return value in self.words if isinstance(value, str) else self.number.takes(value)

    def __str__(self) -> str:
        return f"{self.number} or one of {', '.join(self.words)}"


@dataclass(frozen=True)
class OptionalText:
    """A field that takes any text, or nothing."""

    def takes(self, value: Any) -> bool:
        return value is None or isinstance(value, str)

    def __str__(self) -> str:
        return "text or null"


Kind = Number | Choice | NumberOrWord | OptionalText

CANVAS: Mapping[str, Kind] = {
    "size_px": Number(8, 2048, is_whole=True),
    "filter": Choice(tuple(FILTERS)),
    "padding": Number(0, 255, is_whole=True),
}
FIT: Mapping[str, Kind] = {
    "backbone": Choice(recipe.BACKBONES),
    "pretrained": OptionalText(),
    "epochs": Number(1, 10_000, is_whole=True, is_optional=True),
    "batch_size": Number(2, 65_536, is_whole=True),
    "sampling": Choice(recipe.SAMPLINGS),
    "loss": Choice(recipe.LOSSES),
    "focal_gamma": Number(0, 10),
    "positive_weight": NumberOrWord(Number(0.01, 100), recipe.POSITIVE_WEIGHTS),
    "label_smoothing": Number(0, 0.5),
    "optimizer": Choice(recipe.OPTIMIZERS),
    "learning_rate": Number(1e-8, 10),
    "weight_decay": Number(0, 10),
    "momentum": Number(0, 0.999),
    "schedule": Choice(recipe.SCHEDULES),
    "flip": Number(0, 1),
    "shift": Number(0, 1),
    "cutout": Number(0, 1),
    "jitter": Number(0, 1),
    "mixup": Number(0, 1),
    "averaged_share": Number(0, 1),
    "precision": Choice(recipe.PRECISIONS),
    "seed": Number(0, 2**31, is_whole=True),
    "threads": Number(1, 1024, is_whole=True, is_optional=True),
}


def check_config(config: Mapping[str, Any]) -> None:
    """Check ``{"canvas": {…}, "fit": {…}, "validation": {…}}``, as in CanvasSpec, FitConfig and Limits.

    ``fit`` and ``validation`` may be absent. Raises ConfigWrong.
    """
    _know(config, {"canvas", "fit", "validation"}, where="A config")
    try:
        CanvasSpec.from_dict(config["canvas"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigWrong(f"The config's canvas is not right: {error}") from error
    _check_fit(config.get("fit", {}))
    try:
        limits.read(config.get("validation", {}))
    except limits.LimitsWrong as error:
        raise ConfigWrong(str(error)) from None


def _check_fit(fit: Any) -> None:
    if not isinstance(fit, Mapping):
        raise ConfigWrong(f"The config's fit is an object, not {fit!r}.")
    _know(fit, set(FIT), where="The config's fit")
    for name, value in fit.items():
        if not FIT[name].takes(value):
            raise ConfigWrong(f"fit.{name} is {FIT[name]}, not {value!r}.")


def _know(given: Mapping[str, Any], known: set[str], *, where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ConfigWrong(f"{where} has {', '.join(sorted(known))}; {', '.join(unknown)} is unknown.")


def completed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Write down what a config leaves to the defaults, so that it says the same when these change."""
    canvas = {"filter": "bilinear", "padding": 114} | dict(config.get("canvas", {}))
    made = {"canvas": canvas, "fit": recipe.FitConfig().to_dict() | dict(config.get("fit", {}))}
    return made | ({"validation": config["validation"]} if "validation" in config else {})
