"""This will check whether new images differ from those of the last dataset version: in their labels, and in themselves.

Pure. Versions contain each other, so what is compared is the images that are new with all of the version before.
Both are weighted to the traffic by 1/π, and images of unknown π are left out: those were chosen for a reason, and
that the reason shows is no drift.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models_registry.gate import Sentence
from models_registry.validation import comparing
from models_registry.validation.facts import Facts
from models_registry.validation.findings import Finding, judged, percent, skipped
from models_registry.validation.limits import Limit

# Images of equal weight; fewer say nothing.
FEWEST_NEW = 50


def new_images(facts: Facts, before: Facts) -> Facts:
    """Return those images of a version that the version before did not hold."""
    known = set(before.texts("sha256"))
    return facts.where(np.array([one not in known for one in facts.texts("sha256")], dtype=bool))


def label_drift(facts: Facts, *, before: Facts | None, class_keys: Sequence[str], limit: Limit) -> Finding:
    """The largest change of a class's prevalence that is more than noise, as Cohen's h."""
    compared = _compared(facts, before)
    if isinstance(compared, Sentence):
        return skipped("label_drift", compared)
    changes = [_change(key, compared, n_classes=len(class_keys)) for key in class_keys]
    largest, key, was, now = max(changes)
    places = {"key": key, "was": percent(was), "now": percent(now), "h": f"{largest:.2f}"}
    said = Sentence("Class %(key)s changed most: from %(was)s of the traffic to %(now)s (Cohen's h %(h)s).", places)
    said = said if largest else Sentence("No class changed by more than noise.")
    return judged("label_drift", largest, limit=limit, said=[said])


def _change(key: str, compared: tuple[Facts, Facts], *, n_classes: int) -> tuple[float, str, float, float]:
    was, now = (float(np.average(one.has_class(key), weights=one.weights)) for one in compared)
    sizes = (comparing.effective(compared[0].weights), comparing.effective(compared[1].weights))
    is_changed = comparing.is_share_changed(was, now, sizes=sizes, tests=n_classes)
    return (comparing.cohens_h(was, now) if is_changed else 0.0), key, was, now


def image_drift(facts: Facts, *, before: Facts | None, limit: Limit) -> Finding:
    """The largest population stability index of brightness, size and shape."""
    compared = _compared(facts, before)
    if isinstance(compared, Sentence):
        return skipped("image_drift", compared)
    was, now = (_looks(one) for one in compared)
    indices = {name: _index(was[name], now[name], compared) for name in was}
    known = {name: one for name, one in indices.items() if one is not None}
    if not known:
        return skipped("image_drift", Sentence("The manifests hold no facts about images to compare."))
    name = max(known, key=lambda one: known[one])
    words = {one: f"{known[one]:.2f}" if one in known else "–" for one in indices}
    said = Sentence("Stability index of brightness %(brightness)s, of size %(size)s, of shape %(shape)s.", words)
    return judged("image_drift", known[name], limit=limit, said=[said])


def _looks(facts: Facts) -> Mapping[str, NDArray[np.float64]]:
    """Return brightness in [0, 1], size in pixels and shape, which is width by height; each [N]."""
    width, height = facts.numbers("width_px"), facts.numbers("height_px")
    return {"brightness": facts.numbers("brightness"), "size": width * height, "shape": width / height}


def _index(was: NDArray[np.float64], now: NDArray[np.float64], compared: tuple[Facts, Facts]) -> float | None:
    """Compare what is known; None where that is too little."""
    kept = [np.isfinite(one) for one in (was, now)]
    weights = [facts.weights[known] for facts, known in zip(compared, kept, strict=True)]
    if min(comparing.effective(one) for one in weights) < FEWEST_NEW:
        return None
    return comparing.stability_index(was[kept[0]], now[kept[1]], weights=(weights[0], weights[1]))


def _compared(facts: Facts, before: Facts | None) -> tuple[Facts, Facts] | Sentence:
    """Return what speaks of the traffic, before and new; or why there is nothing to compare."""
    if before is None:
        return Sentence("There is no version before this one to compare with.")
    was, now = (one.where(np.isfinite(one.weights)) for one in (before, new_images(facts, before)))
    if min(comparing.effective(one.weights) for one in (was, now)) < FEWEST_NEW:
        places = {"new": f"{len(now.rows):,}", "before": f"{len(was.rows):,}", "least": f"{FEWEST_NEW:,}"}
        return Sentence(
            "%(new)s new images of known weight, and %(before)s before them: fewer than %(least)s say nothing.", places
        )
    return was, now
