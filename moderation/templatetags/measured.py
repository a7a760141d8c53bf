"""This will write what was measured: intervals drawn, cells, and the rows of tables of parts.

A page has a hundred of these, and a fragment takes ten times as long for each.
"""

from collections.abc import Iterator

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
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
    if not tile:
        return SafeString('<span class="soft">–</span>')
    if tile.is_enough:
        said = tile.reading
        number, between = ("cell-number", f"{said.estimate}{said.suffix}"), _between(said)
    else:
        number, between = ("cell-none", gettext("Not enough data")), tile.bound
    bar = range_bar(tile.bar, tile.is_enough, tile.earlier)
    return format_html('<span class="{}">{}</span>\n<span class="cell-interval">{}</span>\n{}', *number, between, bar)


def _between(said: Reading) -> str:
    if said.low is None or said.low == said.high:
        return ""
    return gettext("%(low)s to %(high)s") % {"low": said.low, "high": said.high}


@register.simple_tag
def part_rows(table: Table, links: bool = False) -> SafeString:
    """Write the rows of a table of parts; ``links`` says that model versions may be opened."""
    labels = [str(one.title) for one in table.columns]
    words = gettext("Posts"), gettext("Flagged")
    is_linked = links and table.kind == PartKind.MODEL
    rows = ((_named(row, is_linked=is_linked), *_numbers(row, words), _cells(row, labels)) for row in table.rows)
    number = '<td class="number" data-label="{}">{}</td>'
    return format_html_join("", f'<tr><th scope="row">{{}}</th>{number}{number}{{}}</tr>', rows)


def _numbers(row: Row, words: tuple[str, str]) -> tuple[str, str, str, str]:
    return words[0], whole(row.posts), words[1], whole(row.flagged)


def _named(row: Row, *, is_linked: bool) -> SafeString:
    name = (
        format_html('<a href="{}">{}</a>', reverse("model_version", args=[row.key]), row.name)
        if is_linked
        else row.name
    )
    badge = (
        format_html(' <span class="badge-state badge-warn">{}</span>', gettext("stands out")) if row.stands_out else ""
    )
    note = format_html('<div class="small soft">{}</div>', row.note) if row.note else ""
    return format_html("{}{}{}", name, badge, note)


def _cells(row: Row, labels: list[str]) -> SafeString:
    cells: Iterator[tuple[str, SafeString]] = zip(labels, map(measured, row.cells), strict=True)
    return format_html_join("", '<td class="cell" data-label="{}">{}</td>', cells)
