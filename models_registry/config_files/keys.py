"""This will say which keys a config file has, what each takes, and where in a run's config its value goes."""

from collections.abc import Mapping
from dataclasses import dataclass

from models_registry.training.configs import CANVAS, FIT, Kind, Number

# The seeds a fit takes; with ``seeds`` a config stands for one run each.
MOST_SEEDS = 10
MOST_TRIALS = 200


@dataclass(frozen=True)
class Key:
    """One value of a config file: what it takes, and the part (canvas, fit) and name it has in a run's config."""

    kind: Kind
    part: str
    name: str
    may_range: bool = True


def _fit(name: str, *, may_range: bool = True) -> Key:
    return Key(FIT[name], "fit", name, may_range)


def _canvas(name: str) -> Key:
    return Key(CANVAS[name], "canvas", name)


SECTIONS: Mapping[str, Key | Mapping[str, Key]] = {
    "backbone": _fit("backbone"),
    "pretrained": _fit("pretrained"),
    "canvas": {name: _canvas(name) for name in CANVAS},
    "augmentation": {name: _fit(name) for name in ("flip", "shift", "cutout", "jitter", "mixup")},
    "sampling": _fit("sampling"),
    "loss": {
        "name": _fit("loss"),
        "focal_gamma": _fit("focal_gamma"),
        "positive_weight": _fit("positive_weight"),
        "label_smoothing": _fit("label_smoothing"),
    },
    "optimizer": {
        "name": _fit("optimizer"),
        "learning_rate": _fit("learning_rate"),
        "weight_decay": _fit("weight_decay"),
        "momentum": _fit("momentum"),
        "schedule": _fit("schedule"),
        "averaged_share": _fit("averaged_share"),
    },
    "epochs": _fit("epochs"),
    "batch_size": _fit("batch_size"),
    "precision": _fit("precision", may_range=False),
    "threads": _fit("threads", may_range=False),
    "seed": _fit("seed", may_range=False),
}
# Beside these a file may have ``seeds`` in place of ``seed``, and ``study``.
SEED: Number = Number(0, 2**31, is_whole=True)
STUDY: Mapping[str, Number] = {"trials": Number(2, MOST_TRIALS, is_whole=True)}
PRUNING = "pruning"
