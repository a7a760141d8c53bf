"""This will put the guard's numbers and the criteria into words, in the reader's language."""

from django.utils.formats import localize
from django.utils.translation import gettext as _

from moderation.measurement.catalog import METRIC, Unit
from moderation.models import Alert, CriteriaVersion, Direction, Guarded

MILLION = 6
MOST_DIGITS = 8


def of_alert(alert: Alert) -> str:
    """Say in one sentence what the guard saw."""
    bound, limit = share(alert.bound), share(alert.limit)
    if alert.guarded == Guarded.FLAGGED_SHARE:
        return _("The machine flagged at least %(bound)s of all posts; the limit is %(limit)s.") % {
            "bound": bound,
            "limit": limit,
        }
    return _("%(metric)s was at most %(bound)s; the floor is %(limit)s.") % {
        "metric": Guarded(alert.guarded).label,
        "bound": bound,
        "limit": limit,
    }


def of_criteria(version: CriteriaVersion) -> list[str]:
    """Say each line of a criteria version: "Machine recall at least 60 %"."""
    return [
        f"{METRIC[one.metric].title} {Direction(one.direction).label} {quantity(one.metric, one.target)}"
        for one in version.criteria.all()
    ]


def share(value: float) -> str:
    """A share in [0, 1] in percent, with as many digits as it takes not to say none or all of what is neither."""
    digits = next((n for n in range(1, MOST_DIGITS) if 0 < round(100 * value, n) < 100), 1)
    return _("%(number)s %%") % {"number": _number(100 * value, digits)}


def quantity(metric: str, value: float | None) -> str:
    """A metric's value with its unit; a dash where nothing is known."""
    if value is None:
        return "–"
    unit = METRIC[metric].unit
    if unit == Unit.SHARE:
        return share(value)
    number = _number(value, 2)
    return _("%(number)s h") % {"number": number} if unit == Unit.HOURS else number


def stakes(power: float) -> str:
    """How many stakes 10 to this power are: "0.28", "400"; nobody reads what is beyond a million."""
    if power > MILLION:
        return _("over a million")
    return _number(10**power, 0 if power >= 1 else 2)


def _number(value: float, digits: int) -> str:
    """A number without zeros that say nothing."""
    rounded = round(value, digits)
    return str(localize(int(rounded) if rounded == int(rounded) else rounded))
