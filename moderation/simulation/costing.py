"""This will price a season, and say what a thousand posts really cost.

Really means by the time that simulated people took, as they know it themselves. What machines took is no secret: truth
and measurement read it off the same rows, and it is that of the machine on which the season was played.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from config.accounts.models import Project
from moderation import costs
from moderation.costs.looks import PURPOSES
from moderation.measurement import Period
from moderation.models import Resource

CURRENCY = "USD"
# Of an hour, and of a gigabyte a month.
WAGE, PROCESSOR, STORAGE = Decimal(20), Decimal("0.05"), Decimal("0.025")
PRICES = {
    Resource.MODERATOR: WAGE,
    Resource.ANNOTATOR: WAGE,
    Resource.MANAGER: WAGE,
    Resource.CPU: PROCESSOR,
    Resource.STORAGE: STORAGE,
}


def set_prices(project: Project, *, now: datetime) -> None:
    for resource, amount in PRICES.items():
        costs.add(project, resource=resource, amount=amount, valid_from=now.date(), currency=CURRENCY, now=now)


def per_thousand(project: Project, period: Period, *, seconds: Mapping[date, float]) -> float | None:
    """Return what a thousand posts cost; ``seconds`` are those of people, by day."""
    known = costs.of_period(project, period)
    machines = sum(float(line.cost.amount.estimate) for line in known.lines if line.source not in PURPOSES)
    hours = sum(spent for day, spent in seconds.items() if period.first <= day <= period.last) / 3600
    posts = known.per_thousand_posts.looks
    return 1000 * (machines + hours * float(WAGE)) / posts if posts else None
