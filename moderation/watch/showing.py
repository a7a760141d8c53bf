"""This will gather what the page of the watch shows of one version. Reads counted days only, never posts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from config.accounts.models import Project
from models_registry.drift import bins
from models_registry.drift.measures import Difference
from models_registry.models import ModelVersion
from moderation.models import ReplayedDay, WatchedDay, WatchReference
from moderation.watch import drawing, judging, references, wording
from moderation.watch.drawing import Days, Distribution, Point

SHOWN_DAYS = 60
Judged = Mapping[date, Mapping[str, Difference | None]]


@dataclass(frozen=True)
class Card:
    """One quantity: ``state`` is "beyond", "fine" or "unknown" on the day that is told."""

    key: str
    title: str
    about: str
    state: str
    sentence: str
    counted: str
    days: Days | None
    distribution: Distribution | None
    low: str
    high: str
    top: str
    rows: Sequence[tuple[date, str, str]]


@dataclass(frozen=True)
class Page:
    """One version: ``told`` is the newest day that is over, ``gathered`` how many first days there are without a
    reference. ``inputs`` and ``scores`` are cards; ``rates`` the shares that were flagged."""

    version: ModelVersion
    reference: WatchReference | None
    gathered: int
    needed: int
    told: WatchedDay | None
    inputs: Sequence[Card]
    scores: Sequence[Card]
    rates: Sequence["Rate"]

    @property
    def changed_inputs(self) -> list[str]:
        return [one.title for one in self.inputs if one.state == "beyond"]

    @property
    def changed_scores(self) -> list[str]:
        return [one.title for one in self.scores if one.state == "beyond"]


@dataclass(frozen=True)
class Rate:
    """A share of posts over days, and what it was on the newest day that is over."""

    title: str
    about: str
    days: Days | None
    newest: str
    top: str
    rows: Sequence[tuple[date, str]]


def versions(project: Project, *, now: datetime) -> list[ModelVersion]:
    """Return the versions that were asked lately, the one that was asked last first."""
    since = now.astimezone(UTC).date() - timedelta(days=SHOWN_DAYS)
    rows = WatchedDay.objects.filter(project=project, day__gte=since).order_by("-day", "-posts", "-id")
    ids = list(dict.fromkeys(rows.values_list("model_version_id", flat=True)))
    found = ModelVersion.objects.select_related("detector", "schema").in_bulk(ids)
    return [found[pk] for pk in ids]


def page(version: ModelVersion, *, now: datetime) -> Page:
    today = now.astimezone(UTC).date()
    since = today - timedelta(days=SHOWN_DAYS)
    days = list(WatchedDay.objects.filter(model_version=version, day__gte=since).order_by("day"))
    again = {one.day: one for one in replayed(version, since=since)}
    reference = WatchReference.objects.filter(model_version=version).first()
    judged = {one.day: judging.judge(reference, one, again.get(one.day)) for one in days} if reference else {}
    over = [one for one in days if one.day < today]
    told = over[-1] if over else None
    keys = judging.quantities(reference) if reference else []
    cards = [_card(key, version, reference, days, judged, told) for key in keys] if reference else []
    first = [] if reference else references.first_days(version, today=today)
    return Page(
        version=version,
        reference=reference,
        gathered=len(first),
        needed=references.FIRST_DAYS,
        told=told,
        inputs=[one for one in cards if one.key in bins.INPUTS or one.key == judging.EMBEDDING],
        scores=[one for one in cards if one.key.startswith(bins.SCORES) or one.key == judging.ABOVE],
        rates=_rates(days, told),
    )


def replayed(version: ModelVersion, *, since: date) -> list[ReplayedDay]:
    """Return the days that were scored again, without their embeddings, oldest first."""
    rows = ReplayedDay.objects.filter(model_version=version, day__gte=since)
    return list(rows.defer("embeddings").order_by("day"))


def _card(
    key: str,
    version: ModelVersion,
    reference: WatchReference,
    days: Sequence[WatchedDay],
    judged: Judged,
    told: WatchedDay | None,
) -> Card:
    found = judged[told.day].get(key) if told else None
    points = [_point(key, one.day, judged[one.day].get(key)) for one in days]
    drawn = drawing.days(points)
    spread = _spread(key, reference, told)
    return Card(
        key=key,
        title=wording.title(key, version.schema),
        about=wording.about(key),
        state="unknown" if found is None else "beyond" if found.is_beyond else "fine",
        sentence=wording.sentence(key, found, **_middles(key, reference, told)),
        counted=wording.counted(key, found) if found else "",
        days=drawn,
        distribution=spread,
        low=wording.amount(key, spread.low) if spread else "",
        high=wording.amount(key, spread.high) if spread else "",
        top=wording.distance(drawn.top) if drawn else "",
        rows=[
            (one.day, wording.distance(one.value), wording.distance(one.bound or 0))
            for one in points
            if one.value is not None
        ],
    )


def _point(key: str, day: date, found: Difference | None) -> Point:
    if found is None:
        return Point(day, None, None)
    said = f"{date_format(day, 'MONTH_DAY_FORMAT')}: {wording.counted(key, found)}"
    return Point(day, found.value, found.bound, said)


def _spread(key: str, reference: WatchReference, told: WatchedDay | None) -> Distribution | None:
    now, before = (told.histograms.get(key) if told else None), reference.histograms.get(key)
    return drawing.distribution(now, before, bins.ruler_of(key)) if now and before else None


def _middles(key: str, reference: WatchReference, told: WatchedDay | None) -> dict[str, str]:
    """The middle value of a day and of its reference, in words."""
    if key == judging.ABOVE and told and told.above is not None and reference.above is not None:
        return {"now": wording.percent(told.above / told.posts), "before": wording.percent(reference.above)}
    now, before = (told.histograms.get(key) if told else None), reference.histograms.get(key)
    if not now or not before or not sum(now):
        return {"now": "", "before": ""}
    ruler = bins.ruler_of(key)
    return {"now": wording.amount(key, ruler.median(now)), "before": wording.amount(key, ruler.median(before))}


def _rates(days: Sequence[WatchedDay], told: WatchedDay | None) -> list[Rate]:
    """What the policy flagged, which changes with the policy too, and what reached the version's own threshold."""
    if not days:
        return []
    flagged = {one.day: one.flagged / one.posts for one in days}
    above = {one.day: one.above / one.posts for one in days if one.above is not None}
    said = [
        (_("Flagged by the policy"), _("changes with the policy too, so it is shown and not judged"), flagged),
        (str(wording.TITLES[judging.ABOVE]), _("the same threshold on every day, whatever the policy"), above),
    ]
    return [_rate(title, about, shares, days, told) for title, about, shares in said if shares]


def _rate(
    title: str, about: str, shares: Mapping[date, float], days: Sequence[WatchedDay], told: WatchedDay | None
) -> Rate:
    points = [
        Point(one.day, shares.get(one.day), None, _share_said(one.day, shares.get(one.day), one.posts)) for one in days
    ]
    drawn = drawing.days(points, least_top=0.01)
    newest = wording.percent(shares[told.day]) if told and told.day in shares else "–"
    rows = [(one.day, wording.percent(one.value)) for one in points if one.value is not None]
    return Rate(title, about, drawn, newest, wording.percent(drawn.top) if drawn else "", rows)


def _share_said(day: date, share: float | None, posts: int) -> str:
    if share is None:
        return ""
    return _("%(day)s: %(share)s of %(posts)s posts") % {
        "day": date_format(day, "MONTH_DAY_FORMAT"), "share": wording.percent(share), "posts": number_format(posts, 0),
    }  # fmt: skip
