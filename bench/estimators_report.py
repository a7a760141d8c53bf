"""This will hold the simulated periods to their limits and lay them out, by finds, by traffic, by cell."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench.figures import Figure

LEAST_COVERAGE = 0.93
MOST_COVERAGE = 0.98
MOST_BIAS = 0.01
AIM, MOST_ABOVE = 0.10, 0.20
FINDS_FOR_BIAS, FINDS_FOR_MOST = 6, 12
BANDS = ((0, 1), (1, 3), (3, 6), (6, 12), (12, 30), (30, 100), (100, math.inf))
# Shown for comparison and held to nothing: what comes out if people's answers are simply believed, or if violating
# views are weighed from looks that were planned without the views.
TAKEN_FOR_TRUE = "machine recall, errors ignored"
BY_AUDITS_ALONE = "violating views, audits alone"
NOT_HELD = (TAKEN_FOR_TRUE, BY_AUDITS_ALONE)
# Looks at flagged or removed posts settle these; how many violations passed and were found is nothing to them.
OF_FLAGGED = ("flag precision, process", "flag precision, second looks", "takedown precision")
SHARES = ("machine recall", "machine recall, removals sampled", "system recall", "prevalence", "F1", "accuracy")


@dataclass(frozen=True)
class Result:
    """One cell: finds expected with planned looks, median widths of machine recall, coverage and bias by metric."""

    name: str
    kind: str
    recall: float
    finds: float
    looks: float
    uniform_looks: float
    limit: float
    ratio: float
    coverage: dict[str, float]
    bias: dict[str, float]
    width: float
    seconds: float

    @property
    def above(self) -> float:
        """How far the width, against uniform auditing, lies above what any unbiased design could reach."""
        return self.ratio - self.limit


def figures(results: Sequence[Result]) -> list[Figure]:
    """The worst of every limit."""
    held = [(one, name, share) for one in results for name, share in one.coverage.items() if name not in NOT_HELD]
    many = [(one, name, share) for one, name, share in held if _is_many(one, name)]
    biases = [(one, name, abs(one.bias[name])) for one in results for name in SHARES if _has_bias(one, name)]
    wide = [(one, "", one.above) for one in results if one.finds >= FINDS_FOR_MOST]
    few = [(one, "", one.above) for one in results if one.finds < FINDS_FOR_MOST]
    found = [
        _worst("coverage, least", held, LEAST_COVERAGE, is_least=True),
        _worst("coverage from 12 finds, most", many, MOST_COVERAGE),
        _worst("bias of a share from 6 finds, most", biases, MOST_BIAS),
        _worst("width above the limit from 12 finds, most", wide, MOST_ABOVE),
        _reported(_worst("width above the limit below 12 finds, most", few, MOST_ABOVE)),
    ]
    return [one for one in found if one is not None]


def _reported(figure: Figure | None) -> Figure | None:
    """The limit is a ratio of standard errors; with a handful of finds no interval's width is proportional to one, and
    that of uniform auditing is cut off at 1. So there it is said how far away the width is, and held to nothing."""
    return replace(figure, limit=None) if figure else None


def tables(results: Sequence[Result]) -> str:
    """Return everything as Markdown."""
    parts = [
        "Coverage by expected finds (least, median, most over the cells)",
        _coverage(results),
        "Width of machine recall against uniform auditing with the same looks (median; theoretical limit)",
        _widths(results),
        "Bias of machine recall by expected finds",
        _biases(results),
        "Every cell",
        _cells(results),
        "Outside a limit",
        "\n".join(_failures(results)) or "nothing",
    ]
    return "\n\n".join(parts)


def _is_many(one: Result, name: str) -> bool:
    return one.finds >= FINDS_FOR_MOST and name not in (*OF_FLAGGED, *NOT_HELD)


def _has_bias(one: Result, name: str) -> bool:
    return one.finds >= FINDS_FOR_BIAS and name in one.bias


def _worst(
    name: str, found: Sequence[tuple[Result, str, float]], limit: float, *, is_least: bool = False
) -> Figure | None:
    if not found:
        return None
    worst = min(found, key=lambda one: one[2] if is_least else -one[2])
    outside = sum(one[2] < limit if is_least else one[2] > limit for one in found)
    note = f"{outside} of {len(found)} outside; worst: {worst[1] + ', ' if worst[1] else ''}{worst[0].name}"
    return Figure(name, worst[2], "", limit, is_least=is_least, note=note)


def _failures(results: Sequence[Result]) -> Iterable[str]:
    for one in results:
        for name, share in one.coverage.items():
            is_low, is_high = share < LEAST_COVERAGE, share > MOST_COVERAGE and _is_many(one, name)
            if name not in NOT_HELD and (is_low or is_high):
                yield f"- coverage {100 * share:.2f} %, {name}: {one.name}, {one.finds:.1f} finds"
        for name in SHARES:
            if _has_bias(one, name) and abs(one.bias[name]) > MOST_BIAS:
                yield f"- bias {100 * one.bias[name]:+.2f} %, {name}: {one.name}, {one.finds:.1f} finds"
        if one.above > MOST_ABOVE:
            yield f"- width {one.ratio:.2f}, limit {one.limit:.2f}: {one.name}, {one.finds:.1f} finds"


def _banded(results: Sequence[Result]) -> Iterable[tuple[str, list[Result]]]:
    for low, high in BANDS:
        inside = [one for one in results if low <= one.finds < high]
        if inside:
            yield (f"{low}–{high}" if high < math.inf else f"{low} and more"), inside


def _coverage(results: Sequence[Result]) -> str:
    bands = list(_banded(results))
    names = list(dict.fromkeys(name for one in results for name in one.coverage))
    rows = [["metric", *(f"{label} finds" for label, _ in bands)], ["---"] * (len(bands) + 1)]
    rows.append(["cells", *(str(len(inside)) for _, inside in bands)])
    for name in names:
        shares = [[100 * one.coverage[name] for one in inside if name in one.coverage] for _, inside in bands]
        rows.append([name, *(_spread(some) for some in shares)])
    return _laid_out(rows)


def _widths(results: Sequence[Result]) -> str:
    rows = [["traffic", "true recall", "limit", *(f"{low}–{high}" for low, high in _WIDTH_BANDS), "above, most"]]
    rows.append(["---"] * len(rows[0]))
    for kind, recall in dict.fromkeys((one.kind, one.recall) for one in results):
        alike = [one for one in results if (one.kind, one.recall) == (kind, recall)]
        bands = [[one.ratio for one in alike if low <= one.finds < high] for low, high in _WIDTH_BANDS]
        limits = f"{min(one.limit for one in alike):.2f}–{max(one.limit for one in alike):.2f}"
        most = max((one.above for one in alike if one.finds >= FINDS_FOR_MOST), default=math.nan)
        rows.append([kind, f"{recall:g}", limits, *(f"{median(one):.2f}" if one else "–" for one in bands)])
        rows[-1].append("–" if math.isnan(most) else f"{most:+.2f}")
    return _laid_out(rows)


def _biases(results: Sequence[Result]) -> str:
    rows = [["expected finds", "cells", "largest bias"], ["---"] * 3]
    for label, inside in _banded(results):
        worst = max(inside, key=lambda one: abs(one.bias["machine recall"]))
        rows.append([label, str(len(inside)), f"{100 * worst.bias['machine recall']:+.2f} %"])
    return _laid_out(rows)


def _cells(results: Sequence[Result]) -> str:
    rows = [["cell", "finds", "coverage", "bias", "width", "of uniform", "limit", "looks a day"], ["---"] * 8]
    for one in results:
        rows.append(
            [
                one.name,
                f"{one.finds:.1f}",
                f"{100 * one.coverage['machine recall']:.1f}",
                f"{100 * one.bias['machine recall']:+.2f} %",
                f"{one.width:.3f}",
                f"{one.ratio:.2f}",
                f"{one.limit:.2f}",
                f"{one.looks:.1f} / {one.uniform_looks:.1f}",
            ]
        )
    return _laid_out(rows)


_WIDTH_BANDS = ((0, 12), (12, 30), (30, 100), (100, math.inf))


def _spread(shares: Sequence[float]) -> str:
    return f"{min(shares):.1f}–{median(shares):.1f}–{max(shares):.1f}" if shares else "–"


def _laid_out(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
