"""This will send flips to review, all of a kind or a sample, as one order that is carried out in parts.

A sample of n are the n flips of the kind with the lowest coins: each has the chance n / N, a greater sample holds the
smaller one, and asking twice asks about the same posts. Each part is a bulk action (moderation/bulk), so each post gets
its question, its event, and its line that names the person and the reason; what is there already is told, and not
done anew.
"""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from config.accounts.models import User
from moderation import bulk
from moderation.models import BulkKind, Flip, FlipComparison, FlipKind, FlipSending

PART_POSTS = 100


class FlipsRefused(Exception):
    """They cannot be sent; ``code`` says why: still_comparing, no_flips, sending_in_flight, sending_conflict."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Order:
    """What to send: ``sample`` of them, or all of the kind where it is None. A ``batch_id`` names one order."""

    batch_id: uuid.UUID
    kind: FlipKind
    sample: int | None
    reason: str


def send(comparison: FlipComparison, order: Order, *, by: User, now: datetime) -> FlipSending:
    """Write an order down; workers carry it out. Repeating it returns what is there. Raises FlipsRefused.

    Only once a comparison is over, for before that nobody knows the chance with which a flip is chosen.
    """
    if known := comparison.sendings.filter(batch_id=order.batch_id).first():
        return _same(known, order)
    total = comparison.count(order.kind)
    if comparison.finished_at is None:
        raise FlipsRefused("still_comparing", "The comparison is not over yet.")
    if not total:
        raise FlipsRefused("no_flips", "There are no such flips.")
    posts = total if order.sample is None else min(total, order.sample)
    try:
        with transaction.atomic():
            return FlipSending.objects.create(
                comparison=comparison,
                kind=order.kind,
                batch_id=order.batch_id,
                posts=posts,
                probability=posts / total,
                person=by,
                reason=order.reason.strip()[:200],
                created_at=now,
            )
    except IntegrityError:
        if known := comparison.sendings.filter(batch_id=order.batch_id).first():
            return _same(known, order)
        raise FlipsRefused("sending_in_flight", "Some of these are being sent to review right now.") from None


def _same(known: FlipSending, order: Order) -> FlipSending:
    if known.kind != order.kind:
        raise FlipsRefused("sending_conflict", "This order is here already, with something else in it.")
    return known


def send_all(*, now: datetime) -> int:
    """Carry every order out to its end; returns how many posts it came past."""
    waiting = FlipSending.objects.filter(finished_at__isnull=True).order_by("id")
    told = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        while some := send_some(pk, now=now):
            told += some
    return told


@transaction.atomic
def send_some(sending_id: int, *, now: datetime) -> int:
    """Send the next part of an order; returns how many posts (0: it is over, or somebody else has it).

    A worker that dies leaves the order where it was; the part it had begun is not there, and is sent by the next.
    """
    open_now = FlipSending.objects.filter(pk=sending_id, finished_at__isnull=True)
    held = open_now.select_for_update(skip_locked=True, of=("self",), no_key=True)
    one = held.select_related("comparison__project", "person").first()
    if one is None:
        return 0
    flips = list(_next(one)[: min(PART_POSTS, one.posts - one.told)])
    if flips:
        _carry_out(one, flips, now=now)
    if one.told >= one.posts or not flips:
        one.finished_at = now
    one.save()
    return len(flips)


def _next(one: FlipSending) -> QuerySet[Flip]:
    flips = Flip.objects.filter(comparison=one.comparison_id, kind=one.kind)
    if one.after_coin is not None:
        flips = flips.filter(Q(coin__gt=one.after_coin) | Q(coin=one.after_coin, id__gt=one.after_flip_id))
    return flips.order_by("coin", "id")


def _carry_out(one: FlipSending, flips: list[Flip], *, now: datetime) -> None:
    order = bulk.Order(uuid.uuid5(one.batch_id, str(one.parts)), BulkKind.REVIEW, one.reason)
    posts = [flip.post_id for flip in flips]
    results = bulk.act(order, post_ids=posts, project=one.comparison.project, person=one.person, now=now)
    codes = Counter(result.code for result in results)
    one.done += codes[bulk.DONE]
    one.already += codes[bulk.ALREADY]
    one.cannot += codes[bulk.CANNOT] + codes[bulk.NOT_FOUND]
    one.parts += 1
    one.after_coin, one.after_flip_id = flips[-1].coin, flips[-1].pk
