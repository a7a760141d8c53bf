"""This will write a season's report as lines of text, truth beside interval."""

from collections.abc import Iterator, Mapping
from typing import Any

from moderation.measurement.catalog import METRIC, Unit
from moderation.models import Direction

_DAYS = (
    "  day  posts  viol  flagged   down  audited  looks    views  compl  app   flag precision        "
    "machine recall        violating views         /s  model"
)
_METRICS = (
    f"{'the whole season':<36}{'true':>10}{'measured':>11}   {'95 % interval':<21}{'finds':>6}{'looks':>7}  inside"
)


def table(report: Mapping[str, Any]) -> str:
    """Return the report: a row a day, every metric of the whole period, what was trained."""
    parts = [_days(report), _metrics(report["totals"]["metrics"]), _models(report["models"]), _judged(report)]
    if report.get("canary"):
        parts.append(_canary(report["canary"]))
    return "\n\n".join("\n".join(lines) for lines in parts)


def _days(report: Mapping[str, Any]) -> Iterator[str]:
    yield _DAYS
    yield from map(_day, report["days"])
    yield _day({**report["totals"], "day": "all"})


def _day(one: Mapping[str, Any]) -> str:
    counts = (
        f"{one['day']:>5} {one['posts']:>6} {one['violations']:>5} {one['flagged']:>8} {one['removals']:>6} "
        f"{one['audited']:>8} {one['human_looks']:>6} {one['views']:>8} {one['complaints']:>6} {one['appeals']:>4}"
    )
    keys = ("flag_precision", "machine_recall", "violating_view_rate")
    metrics = "  ".join(_short(one["metrics"].get(key)) for key in keys)
    return f"{counts}   {metrics} {one['posts_per_second'] or 0:>6}  {one['model_version'] or '-'}"


def _short(one: Mapping[str, Any] | None) -> str:
    """Return truth and interval: ".87 in .80–.95 ( 51)"."""
    if one is None:
        return " " * 21
    return f"{_share(one['true'])} in {_share(one['low'])}–{_share(one['high'])} ({one['finds']:>3})"


def _share(value: float | None) -> str:
    if value is None:
        return "  — "
    return f"{value:.3f}"[1:] if value < 0.1 else f"{value:.2f}".replace("0.", " .")


def _metrics(metrics: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield _METRICS
    for key, one in metrics.items():
        unit = METRIC[key].unit
        measured = _number(one["estimate"], unit) if one["enough"] else "not enough"
        interval = f"{_number(one['low'], unit)} – {_number(one['high'], unit)}"
        inside = {True: "yes", False: "NO", None: "–"}[one["is_inside"]]
        yield (
            f"{str(METRIC[key].title):<36}{_number(one['true'], unit):>10}{measured:>11}   {interval:<21}"
            f"{one['finds']:>6}{one['looks']:>7}  {inside}"
        )


def _number(value: float | None, unit: Unit) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if unit == Unit.SHARE else f"{value:,.0f}" if unit == Unit.NUMBER else f"{value:,.2f}"


def _models(models: list[dict[str, Any]]) -> Iterator[str]:
    for one in models:
        yield (
            f"model {one['version']}: dataset {one['dataset']}, average precision {one['average_precision']:.3f} on "
            f"{one['images']} hold-out images, gate {one['gate']}, {'deployed' if one['deployed'] else 'not deployed'}"
        )
        if one["reason"]:
            yield f"         {one['reason']}"


def _judged(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'criteria set before the season':<36}{'target':>14}   {'95 % interval':<21}"
    for one in report["criteria"]:
        unit, sign = METRIC[one["metric"]].unit, "≥" if one["direction"] == Direction.AT_LEAST else "≤"
        interval = f"{_number(one['low'], unit)} – {_number(one['high'], unit)}"
        target = f"{sign} {_number(one['target'], unit)}"
        yield f"{str(METRIC[one['metric']].title):<36}{target:>14}   {interval:<21}   {_said(one['judgement'])}"
    yield f"decided as recommended: {_said(report['recommendation'])}; the policy in force is {report['mode']}"
    guard = report["guard"]
    yield (
        f"guard: stopped the machine on {guard['day']}, {guard['guarded']}"
        if guard
        else "guard: never stopped the machine"
    )


def _canary(tried: Mapping[str, Any]) -> Iterator[str]:
    """Both arms and their difference, truth beside interval; what became of the canary."""
    title = f"canary: model {tried['challenger']} beside {tried['champion']}, {tried['share']:.0%} of images"
    yield f"{title:<54}{'true':>9}{'measured':>11}   {'95 % interval':<21}  inside"
    for one in tried["metrics"]:
        unit = METRIC[one["metric"]].unit
        for side in ("champion", "challenger", "difference"):
            yield _side(f"{one['title']}, {side}", one[side], unit)
    for one in tried["ratios"]:
        low, high = (_number(one[end], Unit.PER_THOUSAND) for end in ("low", "high"))
        yield f"{one['key'] + ', times the champion':<54}{'':>20}   {f'{low} – {high}':<21}"
    for one in tried["events"]:
        yield f"  {one['kind']}: {one['reason'] or one['detail']}"


def _side(title: str, one: Mapping[str, Any], unit: Unit) -> str:
    interval = f"{_number(one['low'], unit)} – {_number(one['high'], unit)}"
    inside = {True: "yes", False: "NO", None: "–"}[one["is_inside"]]
    return f"{title:<54}{_number(one['true'], unit):>9}{_number(one['estimate'], unit):>11}   {interval:<21}  {inside}"


def _said(word: str) -> str:
    return word.upper().replace("_", " ")
