"""This will check a dataset before anything is fitted to it: named checks, each with its number, limit and sentence.

Pure: rows of manifests in, findings out. Deciding what follows from a failure is for others: the run stops, and a
person may waive the check with a reason.
"""

from collections.abc import Sequence

from models_registry.validation import contents, drift, twins
from models_registry.validation.facts import Facts, Row
from models_registry.validation.findings import Finding, Outcome
from models_registry.validation.limits import NAMES, Limits, LimitsWrong, read

__all__ = ["NAMES", "Finding", "Limits", "LimitsWrong", "Outcome", "examine", "read"]


def examine(
    rows: Sequence[Row], *, before: Sequence[Row] | None, class_keys: Sequence[str], limits: Limits
) -> list[Finding]:
    """Make every check of a manifest's rows, in the order of NAMES.

    A row has at least ``sha256``, ``original``, ``classes``, ``split`` and ``inclusion_probability``; ``is_readable``
    where somebody has tried; and, where they are known, ``split_key``, ``pdq`` (in hexadecimal), ``width_px``,
    ``height_px``, ``brightness`` and ``answered_by``. ``before`` is the version before, None where there is none. Rows
    that are not sound are counted, and left out of all other checks.
    """
    facts, earlier = _sound(rows, class_keys), _sound(before, class_keys) if before else None
    return [
        contents.schema(rows, n_sound=len(facts.rows), limit=limits.schema),
        contents.unreadable_images(facts, limit=limits.unreadable_images),
        contents.few_positives(facts, class_keys=class_keys, fewest=limits.few_positives),
        contents.class_balance(facts, class_keys=class_keys, limit=limits.class_balance),
        drift.label_drift(facts, before=earlier, class_keys=class_keys, limit=limits.label_drift),
        drift.image_drift(facts, before=earlier, limit=limits.image_drift),
        twins.duplicates(facts, limit=limits.duplicates),
        twins.near_duplicates(facts, limit=limits.near_duplicates),
        contents.annotator_imbalance(facts, limit=limits.annotator_imbalance),
        twins.leakage(facts, before=earlier, limit=limits.leakage),
    ]


def _sound(rows: Sequence[Row], class_keys: Sequence[str]) -> Facts:
    return Facts([row for row in rows if contents.is_sound(row, class_keys=class_keys)])
