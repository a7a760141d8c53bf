"""This will name what the lab tells of a policy, in plain words."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.lab.whatif import Measure
from moderation.measurement.catalog import Unit


@dataclass(frozen=True)
class Shown:
    """How a measure is called and read; ``more_is_better`` is None where it is work, or depends."""

    key: Measure
    title: Promise
    explained: Promise
    unit: Unit
    more_is_better: bool | None


_EVERY = (
    Shown(Measure.REMOVALS, _("Removals a day"), _("Posts that the machine takes down by itself"), Unit.NUMBER, None),
    Shown(Measure.REVIEWS, _("Reviews a day"), _("Posts that go to a person"), Unit.NUMBER, None),
    Shown(
        Measure.REVIEW_HOURS,
        _("Reviewer hours a day"),
        _("Reviews times the seconds a look takes in this period"),
        Unit.HOURS,
        None,
    ),
    Shown(Measure.COST, _("Cost of reviews a day"), _("Those hours at a moderator’s wage"), Unit.MONEY, None),
    Shown(
        Measure.MISSED,
        _("Missed violations a day"),
        _("Violations that pass, and that nobody is asked about"),
        Unit.NUMBER,
        False,
    ),
    Shown(
        Measure.WRONGFUL,
        _("Wrongful takedowns a day"),
        _("Posts that the machine takes down though they are fine"),
        Unit.NUMBER,
        False,
    ),
    Shown(
        Measure.FLAG_PRECISION,
        _("Flag precision"),
        _("Of everything flagged, the share that violates"),
        Unit.SHARE,
        True,
    ),
    Shown(
        Measure.TAKEDOWN_PRECISION,
        _("Takedown precision"),
        _("Of the machine's removals, the share that violate"),
        Unit.SHARE,
        True,
    ),
    Shown(
        Measure.MACHINE_RECALL,
        _("Machine recall"),
        _("Of all violations, the share the machine flagged"),
        Unit.SHARE,
        True,
    ),
)
MEASURES = {one.key: one for one in _EVERY}
