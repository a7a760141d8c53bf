"""This will keep the price table: what an hour of work or of a machine costs from when, or a gigabyte for a month.

Prices are only ever added. On a day the newest of those counts that hold from that day or an earlier one, and of two
from the same day the one that was written last. Where there is none, nothing is known, and nothing is made up.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from config.accounts.models import Project, User
from moderation.models import CostCurrency, Price, Resource

_CURRENCY = re.compile(r"[A-Z]{3}")
MOST = Decimal(10) ** 9
PLACES = Decimal("0.0001")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 12, 30)


class BadPrice(ValueError):
    """The price cannot be: ``code`` is bad_amount, bad_currency, other_currency or bad_day."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Book:
    """All prices of a project, newest first for each resource; ``currency`` is "" until there is a price."""

    currency: str
    prices: Mapping[str, Sequence[Price]]

    @property
    def changes(self) -> set[date]:
        """The days from which any price holds."""
        return {price.valid_from for prices in self.prices.values() for price in prices}

    def on(self, resource: str, day: date) -> Price | None:
        """Return the price that holds on a day; None where there is none."""
        return next((price for price in self.prices.get(resource, ()) if price.valid_from <= day), None)


def book(project: Project) -> Book:
    """Return the prices of a project. Two queries."""
    found: dict[str, list[Price]] = {}
    rows = Price.objects.filter(project=project).select_related("created_by").order_by("-valid_from", "-id")
    for price in rows:
        found.setdefault(price.resource, []).append(price)
    currency = CostCurrency.objects.filter(project=project).values_list("code", flat=True).first()
    return Book(currency or "", found)


@transaction.atomic
def add(
    project: Project,
    *,
    resource: Resource,
    amount: Decimal,
    valid_from: date,
    currency: str,
    by: User | None = None,
    now: datetime,
) -> Price:
    """Add a price to the table. The first one names the currency of the project; the others have to be in it.

    Raises BadPrice, and then nothing has changed. Of two first prices at once in different currencies one is refused.
    """
    # A NaN is not between anything, but comparing it raises.
    if not amount.is_finite() or not 0 <= amount < MOST:
        raise BadPrice("bad_amount", "A price is a number from 0 to a thousand million.")
    if not FIRST_DAY <= valid_from <= LAST_DAY:
        raise BadPrice("bad_day", "There is nothing before 1970.")
    if not _CURRENCY.fullmatch(currency):
        raise BadPrice("bad_currency", "A currency is three capital letters, such as USD.")
    kept, _ = CostCurrency.objects.get_or_create(project=project, defaults={"code": currency})
    if kept.code != currency:
        raise BadPrice("other_currency", f"The prices of this project are in {kept.code}.")
    return Price.objects.create(
        project=project,
        resource=resource,
        amount=amount.quantize(PLACES),
        valid_from=valid_from,
        created_at=now,
        created_by=by,
    )
