"""What each person answered on each day."""

from typing import Any

from django.db import models

from config.accounts.models import Project, User
from models_registry.models import ForPeople

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class PersonDay(models.Model):
    """What one person answered in a project on one day (UTC), counted anew from the labels; pages read this.

    Answers that were taken back are not among them. ``seconds`` is how long ``timed`` answers took, breaks left out;
    ``seen`` is {class: images answered with it}.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    person = models.ForeignKey(User, **_BELOW)
    day = models.DateField()
    answers = models.PositiveIntegerField()
    unsure = models.PositiveIntegerField()
    timed = models.PositiveIntegerField()
    seconds = models.FloatField()
    seen = models.JSONField(default=dict)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "day", "person"], name="one_day_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.day}"
