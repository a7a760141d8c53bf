"""This will add up, in the database, how many images of each class people answered over many of their days.

The counts of a day are an object of classes, of which a long period has hundreds of thousands: read one by one they
took longer than the page may.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from moderation.models import PersonDay

_SUMS = """
    SELECT worked.person_id, one.key, sum(one.value::int), max(one.value::int),
           count(*) FILTER (WHERE one.value::int >= budget.per_day)
    FROM ({days}) worked
    CROSS JOIN LATERAL jsonb_each_text(worked.seen) one
    LEFT JOIN jsonb_to_recordset(%s::jsonb) AS budget (person bigint, key text, per_day int)
           ON budget.person = worked.person_id AND budget.key = one.key
    GROUP BY worked.person_id, one.key
"""


class Seen(NamedTuple):
    """Images of one class: in all, at most on one day, and on how many days as many as the budget or more."""

    images: int
    most: int
    days_reached: int


NOTHING = Seen(0, 0, 0)


def by_person(days: QuerySet[PersonDay], *, budgets: Mapping[int, Mapping[str, int]]) -> dict[int, dict[str, Seen]]:
    """Return by person and class what these days add up to; ``budgets`` are images a day, by person and class."""
    sql, params = days.order_by().values("person_id", "seen").query.sql_with_params()
    rows = [
        {"person": person, "key": key, "per_day": per_day}
        for person, own in budgets.items()
        for key, per_day in own.items()
    ]
    found: dict[int, dict[str, Seen]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(days=sql), [*params, json.dumps(rows)])
        for person, key, *sums in cursor.fetchall():
            found[person][key] = Seen(*sums)
    return found
