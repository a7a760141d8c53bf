"""This will set the reports of runs side by side: as a whole, class by class, part by part of the hold-out.

Reports of before something was measured say nothing of it, and a share that too few violations are behind is no number.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext

from models_registry.comparing.lines import LEAST_POSITIVES, Cell, Line, share, texts, too_few
from models_registry.operating_points import at_precision, at_recall, recall_at_share

Report = Mapping[str, Any]
TENTH = 0.1
RECALLS = (0.5, 0.7, 0.8, 0.9, 0.95)
_PRECISIONS = (0.5, 0.8)


def whole(reports: Sequence[Report]) -> list[Line]:
    """Return the lines about any violation, and about the hold-out and the file behind them."""
    lines = [_line(gettext("Average precision"), reports, average_precision)]
    tenth = _line(gettext("Machine recall, 10 % flagged"), reports, _recall_at_tenth)
    lines += [tenth, *at_recalls(reports, (0.9,)), *_at_precisions(reports)]
    lines += [_line(gettext("Calibration error"), reports, _calibration_error)]
    lines += [
        texts(gettext("Hold-out"), [_hold_out(one) for one in reports]),
        texts(gettext("One image takes"), [_latency(one) for one in reports], about=gettext("median, on its machine")),
        texts(gettext("Images a second"), [_throughput(one) for one in reports], about=gettext("largest batch")),
        texts(gettext("Size of the file"), [_size(one) for one in reports]),
    ]
    return [one for one in lines if one.is_known]


def _line(name: str, reports: Sequence[Report], cell: Callable[[Report], Cell]) -> Line:
    return Line(name, [cell(one.get("any") or {}) for one in reports])


def average_precision(measures: Report) -> Cell:
    """Return the cell of the average precision of some measures of a report."""
    if not measures:
        return Cell()
    found = int(measures.get("n_positive") or 0)
    if found < LEAST_POSITIVES:
        return too_few(found)
    bounds = (measures.get(f"average_precision_{end}") for end in ("low", "high"))
    return share(measures.get("average_precision"), *bounds)


def _recall_at_tenth(measures: Report) -> Cell:
    return _sure(measures, lambda: share(recall_at_share(measures.get("curve") or [], TENTH)))


def _sure(measures: Report, cell: Callable[[], Cell]) -> Cell:
    if not measures:
        return Cell()
    found = int(measures.get("n_positive") or 0)
    return cell() if found >= LEAST_POSITIVES else too_few(found)


def at_recalls(reports: Sequence[Report], recalls: Sequence[float] = RECALLS) -> list[Line]:
    """Return the flag precision that is left at each of some machine recalls."""
    name = gettext("Flag precision at a machine recall of %(share)s %%")
    return [_line(name % {"share": f"{100 * one:g}"}, reports, partial(precision_at, recall=one)) for one in recalls]


def precision_at(measures: Report, *, recall: float) -> Cell:
    """Return the flag precision of the highest threshold that reaches a machine recall."""
    point = at_recall(measures.get("curve") or [], recall)
    return _sure(
        measures, lambda: share(point.precision, point.precision_low, point.precision_high) if point else Cell()
    )


def _at_precisions(reports: Sequence[Report]) -> list[Line]:
    name = gettext("Machine recall where flag precision is surely above %(share)s %%")
    return [
        _line(name % {"share": f"{100 * one:g}"}, reports, partial(_recall_at, precision=one)) for one in _PRECISIONS
    ]


def _recall_at(measures: Report, *, precision: float) -> Cell:
    point = at_precision(measures.get("curve") or [], precision)
    never = Cell(gettext("never"))
    return _sure(measures, lambda: share(point.recall, point.recall_low, point.recall_high) if point else never)


def _calibration_error(measures: Report) -> Cell:
    error = measures.get("calibration_error")
    return Cell() if error is None else Cell(f"{100 * error:.2f} %")


def _hold_out(report: Report) -> str:
    if not report:
        return ""
    places = {"n": f"{report.get('n', 0):,}", "positives": f"{(report.get('any') or {}).get('n_positive', 0):,}"}
    return gettext("%(n)s images, %(positives)s violations") % places


def _latency(report: Report) -> str:
    median = ((report.get("speed") or {}).get("latency_ms") or {}).get("p50")
    return "" if median is None else gettext("%(n)s ms") % {"n": f"{median:.1f}"}


def _throughput(report: Report) -> str:
    batches = (report.get("speed") or {}).get("throughput") or []
    return f"{batches[-1]['images_per_second']:,.0f}" if batches else ""


def _size(report: Report) -> str:
    size = (report.get("speed") or {}).get("bytes")
    return "" if size is None else gettext("%(n)s MB") % {"n": f"{size / 1e6:.2f}"}


def by_class(reports: Sequence[Report], names: Mapping[str, str]) -> list[Line]:
    """Return a line for each class that any of the reports knows, in the order of the names."""
    known = [key for key in names if any(key in (one.get("classes") or {}) for one in reports)]
    return [
        Line(names[key], [average_precision((one.get("classes") or {}).get(key) or {}) for one in reports])
        for key in known
    ]


def by_part(reports: Sequence[Report]) -> list[Line]:
    """Return a line for each part of the hold-out: its machine recall at the operating point of its own report."""
    parts = [{(one["dimension"], one["value"]): one for one in report.get("slices") or []} for report in reports]
    names = sorted({name for one in parts for name in one}, key=lambda name: (name[0], _first_number(name[1]), name[1]))
    return [Line(_part_name(*name), [_part(one.get(name)) for one in parts]) for name in names]


def _first_number(value: str) -> float:
    try:
        return float(value.rstrip("+").split("-")[0])
    except ValueError:
        return float("inf")


def _part_name(dimension: str, value: str) -> str:
    words = {"brightness": gettext("Brightness"), "size": gettext("Longer side"), "source": gettext("Source")}
    name = words.get(dimension, dimension.removeprefix("attribute:"))
    shown = value.replace("-", "–") if dimension in ("brightness", "size") else value
    return f"{name} {shown}{' px' if dimension == 'size' else ''}"


def _part(found: Report | None) -> Cell:
    if found is None:
        return Cell()
    if not found.get("is_enough"):
        return too_few(int(found.get("n_positive") or 0))
    wrong = found.get("wrong_share")
    note = "" if wrong is None else gettext("flags %(share)s %% of fine") % {"share": f"{100 * wrong:.1f}"}
    return share(found.get("recall"), found.get("recall_low"), found.get("recall_high"), note=note)
