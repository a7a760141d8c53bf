"""This will write found posts, as the cards of a grid or the rows of a list."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from config.pieces import Piece, joined
from moderation.templatetags.pieces import badges, icon, score_bar
from moderation.views.cards import Card

register = template.Library()

_CARD = Piece("""
<li class="card-post" data-post="{id}">
  <a class="card-link" href="{address}">
    <span class="card-picture {relief}">{picture}<span class="card-state">{state}</span></span>
    <span class="post-title" title="{title}">{name}</span>
    <span class="card-line small soft">
      <span class="card-id">{external_id}</span> <time datetime="{received}">{moment}</time>
    </span>
    {score}
  </a>
  {pick}
</li>""")
_CARD_PICK = Piece("{}")
_CARD_SCORE = Piece('<span class="card-score small">{}</span>')
_ROW = Piece("""
<tr class="row-post" data-post="{id}">
  {pick}
  <td class="row-picture"><span class="{relief}">{picture}</span></td>
  <td class="row-title"><a class="card-link" href="{address}">{name}</a><div class="small soft">{external_id}</div></td>
  <td>{who}</td>
  <td>{state}</td>
  {score}
  <td class="number soft"><time datetime="{received}">{moment}</time></td>
</tr>""")
_ROW_PICK = Piece('<td class="row-pick">{}</td>')
_ROW_SCORE = Piece('<td class="row-score small">{}</td>')
_PICTURE = Piece('<img src="{}" alt="" loading="lazy" decoding="async">')
_PICK = Piece('<input class="form-check-input pick" type="checkbox" tabindex="-1" value="{}" aria-label="{}: {}">')
_UNTOLD = SafeString('<span class="soft">–</span>')


@register.simple_tag
def post_cards(cards: Sequence[Card], sees_all: bool, may_act: bool) -> SafeString:
    """Write the cards of a grid: with scores for those who see all, with boxes for those who may act on posts."""
    return _written(cards, _CARD, score=_CARD_SCORE if sees_all else None, pick=_CARD_PICK if may_act else None)


@register.simple_tag
def post_rows(cards: Sequence[Card], sees_all: bool, may_act: bool) -> SafeString:
    """Write the same as rows of a table."""
    return _written(cards, _ROW, score=_ROW_SCORE if sees_all else None, pick=_ROW_PICK if may_act else None)


def _written(cards: Sequence[Card], whole: Piece, *, score: Piece | None, pick: Piece | None) -> SafeString:
    select = gettext("Select")
    return joined(
        whole(
            **card,
            picture=_PICTURE(card["thumbnail"]) if card["thumbnail"] else icon("image"),
            state=badges(card["badges"]),
            who=_UNTOLD if card["is_hidden"] else card["poster"] or "–",
            score=score(score_bar(card["top"])) if score else "",
            pick=pick(_PICK(card["id"], select, card["external_id"])) if pick else "",
        )
        for card in cards
    )
