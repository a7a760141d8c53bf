"""This will check how a run is to be fitted when it is requested, hours before a worker would stumble over it.

Plain JSON in; torch is not loaded, so the web process may ask. ``ml.recipe.FitConfig`` is what becomes of ``fit``, and
a test holds its fields to these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_registry.ml.preprocessing import CanvasSpec

BACKBONES = ("compact", "mobilenet_v3_small", "resnet18", "efficientnet_b0")
PRECISIONS = ("auto", "float32", "bfloat16")


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
class OptionalText:
    """A field that takes any text, or nothing."""

    def takes(self, value: Any) -> bool:
        return value is None or isinstance(value, str)

    def __str__(self) -> str:
        return "text or null"


FIT: Mapping[str, Number | Choice | OptionalText] = {
    "backbone": Choice(BACKBONES),
    "pretrained": OptionalText(),
    "epochs": Number(1, 10_000, is_whole=True, is_optional=True),
    "batch_size": Number(2, 65_536, is_whole=True),
    "learning_rate": Number(1e-8, 10),
    "weight_decay": Number(0, 10),
    "label_smoothing": Number(0, 0.5),
    "flip": Number(0, 1),
    "shift": Number(0, 1),
    "cutout": Number(0, 1),
    "jitter": Number(0, 1),
    "mixup": Number(0, 1),
    "averaged_share": Number(0, 1),
    "precision": Choice(PRECISIONS),
    "seed": Number(0, 2**31, is_whole=True),
    "threads": Number(1, 1024, is_whole=True, is_optional=True),
}


def check_config(config: Mapping[str, Any]) -> None:
    """Check ``{"canvas": {…}, "fit": {…}}``, as in CanvasSpec and FitConfig; ``fit`` may be absent.

    Raises ConfigWrong.
    """
    _know(config, {"canvas", "fit"}, where="A config")
    try:
        CanvasSpec.from_dict(config["canvas"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigWrong(f"The config's canvas is not right: {error}") from error
    _check_fit(config.get("fit", {}))


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
