"""This will write a report as JSON, and as one flat CSV that spreadsheets open without harm.

A spreadsheet takes a cell that begins with = + - or @ for a formula and may run it (CWE-1236): such texts, which people
outside may have written, get an apostrophe before them. Numbers are ours, and stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moderation.report import Report, figures

COLUMNS = (
    "section",
    "part",
    "name",
    "key",
    "title",
    "unit",
    "estimate",
    "low",
    "high",
    "enough",
    "finds",
    "looks",
    "effective_finds",
    "needed",
    "change",
    "change_low",
    "change_high",
    "is_more_than_noise",
    "at",
    "by",
    "text",
)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")

Cells = dict[str, Any]


def to_json(report: Report) -> dict[str, Any]:
    """Return every figure of a report as plain values; docs/report.md names them."""
    shown = report.overview.figures
    return {
        "project": report.project.slug,
        "period": figures.period(report),
        "written_at": report.written_at.isoformat(),
        "is_final": shown.is_final,
        "pending_looks": shown.pending,
        "carries_errors": shown.estimates.carries_errors,
        "carries_oversights": shown.estimates.carries_oversights,
        "metrics": figures.metrics(report),
        "missed_violations": figures.missed(report),
        "parts": dict(figures.tables(report)),
        "counts": dict(figures.counts(report)),
        "trend": figures.trend(report),
        "costs": figures.costs(report),
        **figures.words(report),
    }


def to_csv(report: Report) -> str:
    """Return every figure of a report as CSV: one row each, under COLUMNS, with CRLF and a BOM for spreadsheets."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in rows(report):
        writer.writerow({key: safe(value) for key, value in row.items()})
    return out.getvalue()


def safe(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; truth values as true and false."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return f"'{value}"
    return value


def rows(report: Report) -> Iterator[Cells]:
    """Yield every figure, section by section."""
    period = figures.period(report)
    yield {"section": "period", "key": "from", "text": period["from"]}
    yield {"section": "period", "key": "to", "text": period["to"]}
    yield {"section": "period", "key": "written_at", "at": report.written_at.isoformat()}
    yield {"section": "period", "key": "pending_looks", "estimate": report.overview.figures.pending}
    for one in figures.metrics(report):
        yield {"section": "metric", **_flat(one)}
    yield {"section": "metric", "key": "missed_violations", **figures.missed(report)}
    for kind, parts in figures.tables(report):
        yield from _parts(kind, parts)
    for key, n in figures.counts(report).items():
        yield {"section": "count", "key": key, "estimate": n}
    yield from _trend(figures.trend(report))
    yield from _costs(figures.costs(report))
    yield from _words(figures.words(report))


def _flat(one: Mapping[str, Any]) -> Cells:
    known = {key: value for key, value in one.items() if key != "change"}
    change = one.get("change")
    if change is None:
        return known
    ends = {"change": change["estimate"], "change_low": change["low"], "change_high": change["high"]}
    return {**known, **ends, "is_more_than_noise": change["is_more_than_noise"]}


def _parts(kind: str, parts: Iterable[Mapping[str, Any]]) -> Iterator[Cells]:
    for part in parts:
        named = {"section": kind, "part": part["key"], "name": part["name"]}
        for key in ("posts", "flagged"):
            yield {**named, "key": key, "estimate": part[key]}
        for one in part["metrics"]:
            yield {**named, **_flat(one)}


def _trend(lines: Iterable[Mapping[str, Any]]) -> Iterator[Cells]:
    for line in lines:
        named = {"section": "trend", "key": line["key"], "title": line["title"], "unit": line["unit"]}
        for point in line["points"]:
            ends = {key: point[key] for key in ("estimate", "low", "high")}
            yield {**named, "at": point["day"], **ends}


def _costs(found: Mapping[str, Any]) -> Iterator[Cells]:
    currency = found["currency"]
    yield {"section": "cost", "key": "total", "unit": currency, **_ends(found["total"])}
    for key, one in found["each"].items():
        yield {"section": "cost", "key": key, "unit": currency, **_ends(one), "enough": one["enough"]}
    for line in found["lines"]:
        named = {"section": "cost_line", "part": line["resource"], "name": line["source"], "looks": line["rows"]}
        yield {**named, "key": "quantity", "unit": line["unit"], **_ends(line["quantity"])}
        yield {**named, "key": "cost", "unit": currency, **_ends(line["cost"])}
    for way in found["ways"]:
        yield {"section": "cost_way", "part": way["way"], "key": "total", "unit": currency, **_ends(way["total"])}
        yield {"section": "cost_way", "part": way["way"], "key": "looks", "estimate": way["looks"]}
        if way["views_prevented"]:
            yield {
                "section": "cost_way",
                "part": way["way"],
                "key": "views_prevented",
                **_ends(way["views_prevented"]),
            }


def _ends(one: Mapping[str, Any]) -> Cells:
    return {key: one[key] for key in ("estimate", "low", "high")}


def _words(said: Mapping[str, Any]) -> Iterator[Cells]:
    for one in said["decisions"]:
        named = {"section": "decision", "key": one["outcome"], "at": one["decided_at"], "by": one["by"]}
        yield {**named, "title": one["evidence_sha256"], "text": "\n".join(filter(None, [one["reason"], one["plan"]]))}
    for one in said["marks"]:
        yield {
            "section": "mark",
            "key": one["kind"],
            "title": one["title"],
            "at": one["at"],
            "by": one["by"],
            "text": one["detail"],
        }
    for one in said["notes"]:
        yield {"section": "note", "at": one["at"], "by": one["by"], "text": one["text"]}
    for number, one in enumerate(said["investigations"], start=1):
        named = {"section": "investigation", "part": number}
        yield {**named, "key": "hypothesis", "at": one["at"], "by": one["by"], "text": one["hypothesis"]}
        for step in one["steps"]:
            yield {**named, "key": step["kind"], "at": step["at"], "by": step["by"], "text": step["text"]}
