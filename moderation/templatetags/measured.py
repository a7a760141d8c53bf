"""This will write what was measured: intervals drawn, cells, and the rows of tables of parts.

A page has a hundred of these, and a fragment takes ten times as long for each. Texts are escaped by Python, whose
``escape`` writes what Django's does; numbers and what is made of them alone need none.
"""

from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from moderation.measurement.periods import PartKind
from moderation.overview.tables import Row, Table
from moderation.overview.tiles import Tile
from moderation.readings import Bar, Reading, whole

register = template.Library()


@register.simple_tag
def range_bar(bar: Bar | None, is_enough: bool, earlier: Bar | None = None) -> SafeString:
    """Draw an interval on its axis; beneath it, thinner, the one of the period before. The numbers stand beside it as
    text."""
    if not bar:
        return SafeString("")
    point = f'<rect class="range-point" x="{bar.point:.2f}" width="0.7" height="8"/>' if bar.point is not None else ""
    below = (
        f'<rect class="range-earlier" x="{earlier.low:.2f}" y="10" width="{earlier.width:.2f}" height="2"/>'
        if earlier
        else ""
    )
    # Numbers alone, so there is nothing to escape.
    return SafeString(
        f'<svg class="range{"" if is_enough else " range-open"}" viewBox="0 0 100 12" preserveAspectRatio="none" '
        'aria-hidden="true" focusable="false"><rect class="range-track" width="100" height="8"/>'
        f'<rect class="range-part" x="{bar.low:.2f}" width="{bar.width:.2f}" height="8"/>{point}{below}</svg>'
    )  # nosec B308 B703


@register.simple_tag
def measured(tile: Tile | None) -> SafeString:
    """Write what a table says of a metric: its estimate and interval, or the bound that is known."""
    return SafeString(_cell(tile))  # nosec B308 B703


def _cell(tile: Tile | None) -> str:
    if not tile:
        return '<span class="soft">–</span>'
    if tile.is_enough:
        said = tile.reading
        name, number, between = "cell-number", f"{said.estimate}{said.suffix}", _between(said)
    else:
        name, number, between = "cell-none", gettext("Not enough data"), tile.bound
    bar = range_bar(tile.bar, tile.is_enough, tile.earlier)
    return f'<span class="{name}">{escape(number)}</span>\n<span class="cell-interval">{escape(between)}</span>\n{bar}'


def _between(said: Reading) -> str:
    if said.low is None or said.low == said.high:
        return ""
    return gettext("%(low)s to %(high)s") % {"low": said.low, "high": said.high}


@register.simple_tag
def part_rows(table: Table, links: bool = False) -> SafeString:
    """Write the rows of a table of parts; ``links`` says that model versions may be opened."""
    labels = [escape(str(one.title)) for one in table.columns]
    posts, flagged = escape(gettext("Posts")), escape(gettext("Flagged"))
    is_linked = links and table.kind == PartKind.MODEL
    rows = (
        f'<tr><th scope="row">{_named(row, is_linked=is_linked)}</th>'
        f'<td class="number" data-label="{posts}">{whole(row.posts)}</td>'
        f'<td class="number" data-label="{flagged}">{whole(row.flagged)}</td>{_cells(row, labels)}</tr>'
        for row in table.rows
    )
    return SafeString("".join(rows))  # nosec B308 B703


def _named(row: Row, *, is_linked: bool) -> str:
    name, note = escape(row.name), f'<div class="small soft">{escape(row.note)}</div>' if row.note else ""
    if is_linked:
        name = f'<a href="{escape(reverse("model_version", args=[row.key]))}">{name}</a>'
    badge = f' <span class="badge-state badge-warn">{escape(gettext("stands out"))}</span>' if row.stands_out else ""
    return f"{name}{badge}{note}"


def _cells(row: Row, labels: list[str]) -> str:
    cells = zip(labels, map(_cell, row.cells), strict=True)
    return "".join(f'<td class="cell" data-label="{label}">{cell}</td>' for label, cell in cells)
