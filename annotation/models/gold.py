"""Questions whose truth was known before."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.labels import Truth
from annotation.models.questions import Question
from config.accounts.models import Project, User
from models_registry.models import ForPeople

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class GoldSource(models.TextChoices):
    """How its truth is known."""

    AGREED = "agreed", _("Three people or more agreed")
    IMPORTED = "imported", _("It was known when it was imported")
    CHOSEN = "chosen", _("A manager chose it")


class GoldItem(models.Model):
    """An image whose truth was known before, mixed in among the jobs of its question's desk to measure people.

    Its question stays open until the item is retired, and gets a seat for each person who is asked: nobody is asked
    twice, and no answer settles anything. ``classes`` is the right answer, empty for fine.
    """

    question = models.OneToOneField(Question, on_delete=models.PROTECT, primary_key=True, related_name="gold")
    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    classes = ArrayField(models.CharField(max_length=50))
    source = models.CharField(max_length=8, choices=GoldSource.choices)
    truth = models.ForeignKey(Truth, **_BELOW, null=True, blank=True)
    added_by = models.ForeignKey(User, **_BELOW, null=True, blank=True)
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        # Serves the choice of an item for somebody who claims.
        indexes = [models.Index(fields=["project"], condition=Q(retired_at__isnull=True), name="gold_active")]

    def __str__(self) -> str:
        return f"gold item {self.pk}"
