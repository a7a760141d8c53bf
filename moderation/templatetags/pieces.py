"""This will write the small pieces of HTML that many pages repeat by the dozen, where a fragment would take longer."""

from collections.abc import Iterable

from django import template
from django.templatetags.static import static
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from config.pieces import Piece, joined
from moderation.moments import Score

register = template.Library()

_OPTION, _SELECTED = Piece('<option value="{}"{}>{}</option>'), SafeString(" selected")
_BADGE = Piece('<span class="badge-state {}">{}</span> ')
_ICON = Piece('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>')
_NO_SCORE = Piece('<span class="soft">{}</span>')
_SCORE = Piece(
    '<span class="score-name">{}</span> <svg class="score-bar{}" viewBox="0 0 100 4" preserveAspectRatio="none" '
    'aria-hidden="true"><rect class="score-track" width="100" height="4" rx="2"/>'
    '<rect class="score-fill" width="{}" height="4" rx="2"/></svg> <span class="score-number">{} %</span>'
)


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str = "") -> SafeString:
    """Write the options of a select, of (value, text); ``chosen`` is the value that is selected, if any is."""
    return joined(_OPTION(value, _SELECTED if value == chosen else "", text) for value, text in choices)


@register.simple_tag
def badges(shown: Iterable[tuple[str, str]]) -> SafeString:
    """Write badges, of (tone, text)."""
    return joined(_BADGE(*one) for one in shown)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of the sprite; what it means stands beside it as text."""
    return _ICON(static("img/icons.svg"), name)


@register.simple_tag
def score_bar(score: Score | None) -> SafeString:
    """Write a score with its class, as a bar and in percent."""
    if score is None:
        return _NO_SCORE(gettext("Not scored"))
    return _SCORE(score.name, " score-flagged" if score.is_flagged else "", score.width, score.whole_percent)
