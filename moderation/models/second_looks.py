"""Which answers were looked at again by somebody else, and by what chance."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import Question, Truth
from config.accounts.models import Project
from models_registry.models import ForPeople, append_only
from moderation.models.verdicts import Draw

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class FirstAnswer(models.TextChoices):
    """What one person said of a post; each has a rate of its own."""

    FLAGGED_VIOLATION = "flagged_violation", _("Flagged, and answered as a violation")
    FLAGGED_FINE = "flagged_fine", _("Flagged, and answered as fine")
    AUDITED_FINE = "audited_fine", _("Passed, audited, and answered as fine")
    PASSED_VIOLATION = "passed_violation", _("Looked at although the machine would have passed it, a violation")


class SecondLook(models.Model):
    """The recorded toss by which the answer on a post was or was not looked at again, blind; append-only.

    ``first`` is the truth that rests on one answer, ``question`` what another person was asked where it was drawn and
    the post was still there. ``probability`` is 0 where the policy's rate was.
    """

    draw = models.OneToOneField(Draw, on_delete=models.CASCADE, primary_key=True, related_name="second_look")
    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    group = models.CharField(max_length=17, choices=FirstAnswer.choices)
    first = models.ForeignKey(Truth, **_BELOW)
    probability = models.FloatField()
    coin = models.FloatField()
    is_drawn = models.BooleanField()
    question = models.ForeignKey(Question, **_BELOW, null=True, blank=True)
    screened_at = models.DateTimeField(help_text="The period that the post belongs to.")
    answered_at = models.DateTimeField(help_text="When the first answer was given.")
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="second_look_probability_is_one"
            ),
            models.CheckConstraint(
                condition=Q(is_drawn=False) | Q(probability__gt=0), name="what_no_chance_reaches_is_not_drawn"
            ),
        ]
        indexes = [
            # Serves the second looks of a period: all that was tossed for, and the few that were drawn.
            models.Index(fields=["project", "screened_at"], name="second_look_period"),
            models.Index(fields=["project", "screened_at"], condition=Q(is_drawn=True), name="second_look_drawn"),
            # Serves the sweep: up to where it has tossed.
            models.Index(fields=["project", "-answered_at"], name="second_look_newest"),
            # Serves the sums of days, which are counted again where somebody tossed since.
            models.Index(fields=["project", "created_at"], name="second_look_tossed"),
        ]
        triggers = append_only("second_look")

    def __str__(self) -> str:
        return f"{self.draw} again"
