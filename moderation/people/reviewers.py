"""This will say how well people answer: how far they agree, and how often an answer is wrong.

Only what is blind is read: audits, label questions, second looks, gold items. Images that several people answered are
no sample of all: audits ask more people only where the first saw a violation, so agreement reads lower than it would
over all images. How often answers are wrong comes from samples: second looks, weighed by the chance with which they
were tossed for, and gold items. Errors that everybody makes alike are in none of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.quality import GoldAnswer, Judged
from config.accounts.models import Project
from models_registry.registry import current_schema
from moderation import second_looks
from moderation.measurement import again as measured_again
from moderation.measurement import months
from moderation.measurement.periods import WHOLE, PartKind, Period
from moderation.statistics import agreement
from moderation.statistics.agreement import Agreement, ClassAgreement
from moderation.statistics.intervals import Amount, wilson
from moderation.statistics.sufficiency import Interval, by_width
from moderation.statistics.weighing import weighted_share

FINE = ""


@dataclass(frozen=True)
class ClassLine:
    """How far people agree that a class applies; ``images`` is how many somebody named it on."""

    key: str
    name: str
    images: int
    found: ClassAgreement


@dataclass(frozen=True)
class Errors:
    """How often answers of one kind turned out wrong; ``pending`` second looks are not answered yet."""

    title: Promise
    share: Interval
    pending: int = 0


@dataclass(frozen=True)
class Differing:
    """On how many images one person said this and another that; a class key, or "" for fine. Alike on the diagonal."""

    keys: Sequence[str]
    counts: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Quality:
    """How all people of a project together answered in a period.

    ``raw`` and ``alpha`` are about whether an image violates at all, over images that several people judged;
    ``kappa`` compares the first answer with the second.
    """

    images: int
    raw: Agreement
    kappa: Agreement
    alpha: Agreement
    classes: Sequence[ClassLine]
    errors: Sequence[Errors]
    differing: Differing


def together(project: Project, period: Period, *, judged: Sequence[Judged], gold: Sequence[GoldAnswer]) -> Quality:
    """Say how people answered, from what ``quality.judged`` and ``quality.gold_answers`` return of the period."""
    answers = [list(one.answers.values()) for one in judged]
    violates = [[bool(said) for said in one] for one in answers]
    return Quality(
        images=len(judged),
        raw=agreement.raw_agreement(violates),
        kappa=agreement.cohens_kappa([(one[0], one[1]) for one in violates]),
        alpha=agreement.krippendorffs_alpha(violates),
        classes=_classes(project, answers),
        errors=_errors(project, period, gold),
        differing=_differing(answers, keys=current_schema(project).keys),
    )


def _classes(project: Project, answers: Sequence[Sequence[frozenset[str]]]) -> list[ClassLine]:
    classes = current_schema(project).classes
    found = agreement.by_class(answers, classes=[str(one["key"]) for one in classes])
    named = Counter(key for one in answers for key in frozenset().union(*one))
    return [
        ClassLine(one["key"], str(one.get("name", one["key"])), named[one["key"]], found[one["key"]]) for one in classes
    ]


def _errors(project: Project, period: Period, gold: Sequence[GoldAnswer]) -> list[Errors]:
    kinds = measured_again.of_kinds(project, months.spans(project, period), [PartKind.ALL])
    again = kinds[PartKind.ALL].get(WHOLE.value, second_looks.Found())
    return [
        _weighed(_("“Violation” on a flagged post that is fine"), again.violations, is_wrong_if_violation=False),
        _weighed(_("“Fine” on a flagged post that violates"), again.fine, is_wrong_if_violation=True),
        _weighed(_("“Fine” in an audit of a post that violates"), again.audited, is_wrong_if_violation=True),
        _weighed(_("“Violation” on a passing post that is fine"), again.passed, is_wrong_if_violation=False),
        _counted(_("“Fine” on a gold item that violates"), [not one.is_found for one in gold if one.known]),
        _counted(_("“Violation” on a gold item that is fine"), [bool(one.said) for one in gold if not one.known]),
    ]


def _weighed(title: Promise, again: second_looks.Again, *, is_wrong_if_violation: bool) -> Errors:
    looks = again.among(again.looks)
    sides = (looks.violations, looks.others)
    wrong, right = sides if is_wrong_if_violation else sides[::-1]
    share, size = weighted_share(wrong, right) or (0.0, 0.0)
    amount = Amount(share, *wilson(share, size)) if size else None
    return Errors(title, by_width(amount, finds=len(wrong), looks=again.looks), again.pending)


def _counted(title: Promise, wrong: Sequence[bool]) -> Errors:
    n = len(wrong)
    amount = Amount(sum(wrong) / n, *wilson(sum(wrong) / n, n)) if n else None
    return Errors(title, by_width(amount, finds=sum(wrong), looks=n))


def _differing(answers: Iterable[Sequence[frozenset[str]]], *, keys: Sequence[str]) -> Differing:
    counts: Counter[tuple[str, str]] = Counter()
    for one in answers:
        counts.update({pair for said, other in combinations(one, 2) for pair in _pairs(said, other)})
    shown = [FINE, *(key for key in keys if any(key in pair for pair in counts))]
    return Differing(shown, [[counts[_ordered(row, column)] for column in shown] for row in shown])


def _pairs(said: frozenset[str], other: frozenset[str]) -> set[tuple[str, str]]:
    """Return what two answers have in common, or else what stands against what."""
    if said == other:
        return {(key, key) for key in said or {FINE}}
    return {_ordered(a, b) for a in said - other or {FINE} for b in other - said or {FINE}}


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)
