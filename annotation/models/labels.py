"""What people answered, and what is taken as true."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.images import Image
from annotation.models.questions import Job, Purpose, Question
from config.accounts.models import Project, User
from models_registry.models import DatasetVersion, ForPeople, LabelSchema, append_only


class Label(models.Model):
    """What one person answered on one job; append-only."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="labels")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="labels")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    classes = ArrayField(models.CharField(max_length=50))
    regions = models.JSONField(default=list)
    is_unsure = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    reason = models.CharField(
        max_length=50,
        blank=True,
        default="",
        db_default="",
        help_text="Key of the text that was chosen for the poster.",
    )
    batch_id = models.UUIDField(null=True, blank=True, help_text="Shared by the answers of one page of the grid.")
    suggestion = models.JSONField(
        null=True, blank=True, help_text="What the model suggested; empty where none was shown."
    )
    is_suggestion_accepted = models.BooleanField(
        null=True, blank=True, help_text="Whether the answer is what was suggested; empty where nothing was shown."
    )
    seconds = models.FloatField(help_text="From lease to answer.")
    looked_seconds = models.FloatField(
        null=True,
        blank=True,
        help_text="That the person spent on it, by their screen, without idle time; empty where nobody measured.",
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Serves the answers of a day: they are written in the order of time, so a few pages hold them.
            BrinIndex(fields=["created_at"], pages_per_range=16, autosummarize=True, name="label_day"),
            # Serves undo and a person's day.
            models.Index(fields=["person", "created_at"], name="label_person"),
            # Serves taking back a page of the grid.
            models.Index(fields=["batch_id"], condition=Q(batch_id__isnull=False), name="label_batch"),
        ]
        triggers = append_only("label")

    def __str__(self) -> str:
        return f"label {self.pk}"


class Retraction(models.Model):
    """A label taken back by the person who gave it."""

    label = models.OneToOneField(Label, on_delete=models.PROTECT, related_name="retraction")
    created_at = models.DateTimeField()

    class Meta:
        triggers = append_only("retraction")

    def __str__(self) -> str:
        return f"retraction of {self.label}"


class TruthSource(models.TextChoices):
    QUESTION = "question", _("Question")
    IMPORT = "import", _("Import")


class Truth(models.Model):
    """What is taken as true of an image under a schema: a settled question, or a label the company already had.

    ``withdrawn_at`` is set when the label behind it was retracted; the row stays. ``confirmation_probability`` is the
    recorded toss by which a second person was asked about an image that measures models: see annotation/confirmation.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="truths")
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="+")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, null=True, blank=True, related_name="truths")
    source = models.CharField(max_length=8, choices=TruthSource.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, blank=True)
    classes = ArrayField(models.CharField(max_length=50))
    stratum = models.CharField(max_length=40, blank=True)
    inclusion_probability = models.FloatField(null=True, blank=True)
    votes = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Sure answers it rests on; 0 where it was imported."
    )
    saw_suggestion = models.BooleanField(
        default=False, db_default=False, help_text="Whether an answer behind it was given beside one."
    )
    confirmation_probability = models.FloatField(null=True, blank=True, help_text="Empty until the toss.")
    settled_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question"], condition=Q(withdrawn_at__isnull=True), name="one_truth_per_question"
            ),
            models.UniqueConstraint(
                fields=["schema", "image"],
                condition=Q(source="import", withdrawn_at__isnull=True),
                name="imported_once",
            ),
            models.CheckConstraint(
                condition=Q(source="import", question__isnull=True) | Q(source="question", question__isnull=False),
                name="truth_has_its_source",
            ),
            models.CheckConstraint(
                condition=Q(confirmation_probability__isnull=True)
                | Q(confirmation_probability__gte=0, confirmation_probability__lte=1),
                name="confirmation_probability_is_one",
            ),
        ]
        indexes = [
            # Serves freeze: the newest truth of every image under a schema.
            models.Index(fields=["schema", "image", "-settled_at"], name="truth_newest"),
            # Serves settlements and the nightly count of new truths.
            models.Index(fields=["project", "settled_at"], name="truth_settled"),
            # Serves confirmation: what rests on one answer and has not been tossed for.
            models.Index(
                fields=["project", "settled_at"],
                condition=Q(votes=1, confirmation_probability__isnull=True, withdrawn_at__isnull=True),
                name="truth_unconfirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"truth {self.pk}"


class DatasetMember(models.Model):
    """A truth that a dataset version holds: lineage from a label to every model it taught."""

    dataset = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    truth = models.ForeignKey(Truth, on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "truth"], name="one_truth_once_per_dataset")]
        triggers = append_only("dataset_member")

    def __str__(self) -> str:
        return f"{self.truth} in {self.dataset}"
