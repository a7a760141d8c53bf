"""This will write the small pieces of HTML that a page repeats by the dozen, where a fragment would take longer."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from moderation.moments import Score

register = template.Library()


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str = "") -> SafeString:
    """Write the options of a select, of (value, text); ``chosen`` is the value that is selected, if any is."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SafeString(" selected") if value == chosen else "", text) for value, text in choices),
    )


@register.simple_tag
def badges(shown: Iterable[tuple[str, str]]) -> SafeString:
    """Write badges, of (tone, text)."""
    return format_html_join("", '<span class="badge-state {}">{}</span> ', shown)


@register.simple_tag
def score_bar(score: Score | None) -> SafeString:
    """Write a score with its class, as a bar and in percent."""
    if score is None:
        return format_html('<span class="soft">{}</span>', gettext("Not scored"))
    return format_html(
        '<span class="score-name">{}</span> <svg class="score-bar{}" viewBox="0 0 100 4" preserveAspectRatio="none" '
        'aria-hidden="true"><rect class="score-track" width="100" height="4" rx="2"/>'
        '<rect class="score-fill" width="{}" height="4" rx="2"/></svg> <span class="score-number">{} %</span>',
        score.name,
        " score-flagged" if score.is_flagged else "",
        score.width,
        score.whole_percent,
    )
