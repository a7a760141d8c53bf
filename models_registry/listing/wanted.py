"""This will say what a list of runs is asked for."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

COMPACT = "compact"
NEWEST = "-number"


class Deployed(models.TextChoices):
    NOW = "now", _("Deployed now")
    EVER = "ever", _("Deployed at some time")
    NEVER = "never", _("Never deployed")


class Made(models.TextChoices):
    VERSION = "version", _("A model version")
    NOTHING = "nothing", _("Nothing")
    TRIAL = "trial", _("A trial of a study")


@dataclass(frozen=True)
class Wanted:
    """Filters, None or empty where they ask for nothing, and the order; ``until`` is excluded.

    Without ``made`` the trials of studies are left out, which stand with their study. ``gate`` is the newest outcome.
    """

    status: str = ""
    detector: int | None = None
    dataset: int | None = None
    backbone: str = ""
    person: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    gate: str = ""
    deployed: str = ""
    made: str = ""
    sort: str = NEWEST

    @property
    def is_empty(self) -> bool:
        return self == Wanted(sort=self.sort)
