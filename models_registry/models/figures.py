"""What the database reads off a stored report by itself, so that lists sort by it without opening ten thousand reports.

Both expressions are immutable and belong to generated columns: they cannot disagree with the report, and whoever writes
an evaluation need not know of them.
"""

from typing import Any

from django.db import models
from django.db.models import F, Func

_KNOWN = "jsonb_path_query_first(%(expressions)s, '$.any.curve[*] ? (@.flagged_share <= 0.1)')"
_BEYOND = "(jsonb_path_query_array(%(expressions)s, '$.any.curve[*] ? (@.flagged_share > 0.1)') -> -1)"


def _of(point: str, name: str, *, corner: int) -> str:
    """Beyond the curve's ends are the corners (0, 0) and (1, 1), as in operating_points.recall_at_share."""
    return f"COALESCE(({point} ->> '{name}')::double precision, {corner})"


_RECALL, _SHARE = (_of(_KNOWN, name, corner=0) for name in ("recall", "flagged_share"))
_NEXT_RECALL, _NEXT_SHARE = (_of(_BEYOND, name, corner=1) for name in ("recall", "flagged_share"))


class AveragePrecision(Func):
    """The average precision of any violation; null where the report has none."""

    template = "(%(expressions)s #>> '{any,average_precision}')::double precision"
    arity = 1


class RecallAtTenth(Func):
    """The machine recall of any violation where a tenth of the traffic is flagged; null without a curve.

    The same as ``operating_points.recall_at_share(curve, 0.1)``, which a test holds it to. A curve's thresholds ascend,
    so its flagged shares descend.
    """

    template = (
        f"CASE WHEN COALESCE({_KNOWN}, {_BEYOND}) IS NULL THEN NULL ELSE "
        f"{_RECALL} + ({_NEXT_RECALL} - {_RECALL}) * (0.1 - {_SHARE}) / ({_NEXT_SHARE} - {_SHARE}) END"
    )
    arity = 1


def read_off(expression: type[Func]) -> Any:
    """Make the column in which the database keeps what it reads off ``report``."""
    return models.GeneratedField(
        expression=expression(F("report"), output_field=models.FloatField()),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )
