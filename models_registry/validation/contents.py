"""This will check what a dataset holds: sound rows, readable images, enough of every class, many people's answers.

Pure; each check takes facts and its limits, and returns one finding.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from models_registry.gate import Sentence
from models_registry.validation.facts import SIDES, Facts, Row
from models_registry.validation.findings import Finding, Outcome, judged, percent, skipped
from models_registry.validation.limits import Fewest, Limit

FEWEST_ANSWERS = 50


def is_sound(row: Row, *, class_keys: Collection[str]) -> bool:
    """Say whether a row holds what a manifest promises: a hash, a file, a side, known classes, a probability."""
    classes, probability = row.get("classes"), row.get("inclusion_probability")
    return (
        bool(row.get("sha256"))
        and bool(row.get("original"))
        and row.get("split") in SIDES
        and isinstance(classes, Sequence)
        and all(one in class_keys for one in classes)
        and (probability is None or (math.isfinite(probability) and 0 < probability <= 1))
    )


def schema(rows: Sequence[Row], *, n_sound: int, limit: Limit) -> Finding:
    """Whether every row is sound, and there is one at all."""
    odd = len(rows) - n_sound
    said = [
        Sentence("%(rows)s rows, %(odd)s of which are not what a manifest may hold.", _places(rows=len(rows), odd=odd))
    ]
    if not rows:
        said = [Sentence("The manifest holds no row at all.")]
        return Finding("schema", Outcome.FAILED, 0, limit.fail, tuple(said))
    return judged("schema", odd, limit=limit, said=said)


def unreadable_images(facts: Facts, *, limit: Limit) -> Finding:
    """The share of images that cannot be decoded, or whose bytes are not those that were frozen."""
    unreadable, total = int((~facts.is_readable).sum()), len(facts.rows)
    places = _places(unreadable=unreadable, total=total)
    said = [Sentence("%(unreadable)s of %(total)s images cannot be read.", places)]
    return judged("unreadable_images", unreadable / max(1, total), limit=limit, said=said)


def few_positives(facts: Facts, *, class_keys: Sequence[str], fewest: Fewest) -> Finding:
    """Whether each side has enough of each class, and of fine images.

    The value is the smallest count of those that lack some, else of all, and the limit is what that one needs.
    """
    counts = [(have, getattr(fewest, side), side, key) for side, key, have in _counts(facts, class_keys)]
    lacking = sorted(one for one in counts if one[0] < one[1])
    value, limit, *_ = (lacking or sorted(counts))[0]
    said = [_lack(*one) for one in lacking] or [Sentence("Every side of the split has enough of every class.")]
    return Finding("few_positives", Outcome.FAILED if lacking else Outcome.PASSED, value, limit, tuple(said))


def _counts(facts: Facts, class_keys: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Count, per side, the violations of each class, and fine images under the empty key."""
    columns = {key: facts.has_class(key) for key in class_keys} | {"": facts.is_fine}
    for side in SIDES:
        here = (facts.split == side) & facts.is_usable
        for key, column in columns.items():
            yield side, key, int((column & here).sum())


def _lack(have: int, need: float, side: str, key: str) -> Sentence:
    places = _places(have=have, need=f"{need:g}", key=key)
    violations, fine = _LACKING[side]
    return Sentence((violations if key else fine).text, places)


# Whole sentences, because other languages order them in other ways: for a class, and for what is fine.
_LACKING = {
    "fit": (
        Sentence("Only %(have)s violations of class %(key)s to fit on; at least %(need)s are needed."),
        Sentence("Only %(have)s fine images to fit on; at least %(need)s are needed."),
    ),
    "calibration": (
        Sentence("Only %(have)s violations of class %(key)s to calibrate on; at least %(need)s are needed."),
        Sentence("Only %(have)s fine images to calibrate on; at least %(need)s are needed."),
    ),
    "hold_out": (
        Sentence("Only %(have)s violations of class %(key)s to measure on; at least %(need)s are needed."),
        Sentence("Only %(have)s fine images to measure on; at least %(need)s are needed."),
    ),
}


def class_balance(facts: Facts, *, class_keys: Sequence[str], limit: Limit) -> Finding:
    """The smallest share that a class, or fine, has of the images to fit on."""
    here = (facts.split == "fit") & facts.is_usable
    total = int(here.sum())
    if not total:
        return skipped("class_balance", Sentence("There is nothing to fit on."))
    columns = {key: facts.has_class(key) for key in class_keys} | {"": facts.is_fine}
    share, key = min((float((column & here).sum()) / total, key) for key, column in columns.items())
    places = _places(share=percent(share), key=key)
    said = Sentence("The rarest class, %(key)s, has %(share)s of the images to fit on.", places)
    if not key:
        said = Sentence("Fine images are the rarest: they have %(share)s of the images to fit on.", places)
    return judged("class_balance", share, limit=limit, said=[said], is_floor=True)


def annotator_imbalance(facts: Facts, *, limit: Limit) -> Finding:
    """The largest share of people's answers that one person gave."""
    answers = Counter(person for row in facts.rows for person in row.get("answered_by") or ())
    total = answers.total()
    if total < FEWEST_ANSWERS:
        places = _places(total=total, least=FEWEST_ANSWERS)
        text = Sentence("%(total)s answers by people are known; fewer than %(least)s say nothing.", places)
        return skipped("annotator_imbalance", text)
    share = max(answers.values()) / total
    places = _places(share=percent(share), people=len(answers), total=total)
    said = Sentence("%(people)s people gave %(total)s answers, one of them %(share)s.", places)
    return judged("annotator_imbalance", share, limit=limit, said=[said])


def _places(**values: object) -> dict[str, str]:
    return {name: f"{one:,}" if isinstance(one, int | np.integer) else str(one) for name, one in values.items()}
