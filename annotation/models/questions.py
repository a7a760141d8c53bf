"""Questions and their seats."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.images import Image
from config.accounts.models import Project, User
from models_registry.models import ForPeople, LabelSchema


class Purpose(models.TextChoices):
    REVIEW = "review", _("Review")
    AUDIT = "audit", _("Audit")
    SECOND_LOOK = "second_look", _("Second look")
    LABEL = "label", _("Label")
    COMPLAINT = "complaint", _("Complaint")
    APPEAL = "appeal", _("Appeal")
    GOLD = "gold", _("Gold")


class Desk(models.TextChoices):
    """The screen at which a question is answered. People see desks and lanes, never purposes."""

    REVIEW = "review", _("Review")
    LABEL = "label", _("Label")
    COMPLAINT = "complaint", _("Complaints")
    APPEAL = "appeal", _("Appeals")


class Lane(models.TextChoices):
    URGENT = "urgent", _("Urgent")
    NORMAL = "normal", _("Normal")
    DRAWN = "drawn", _("Drawn")


class QuestionStatus(models.TextChoices):
    OPEN = "open", _("Open")
    SETTLED = "settled", _("Settled")
    CLOSED = "closed", _("Closed without an answer")


class Question(models.Model):
    """What is asked of an image, for a purpose, under a schema; settles when it has the answers it wants.

    The facts of the post travel with it: ``origin`` (who asked), ``attributes`` and, where a draw opened it,
    ``stratum`` and ``inclusion_probability``. The latter is the known probability with which this image came to
    be looked at, and empty where nobody knows it (active learning, complaints).
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="questions")
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    desk = models.CharField(max_length=9, choices=Desk.choices)
    lane = models.CharField(max_length=6, choices=Lane.choices)
    rule = models.CharField(max_length=20, help_text="The agreement it needs: see annotation/consensus.")
    status = models.CharField(max_length=7, choices=QuestionStatus.choices, default=QuestionStatus.OPEN)
    is_escalated = models.BooleanField(default=False)
    origin = models.JSONField(default=dict)
    attributes = models.JSONField(default=dict)
    stratum = models.CharField(max_length=40, blank=True)
    inclusion_probability = models.FloatField(null=True, blank=True)
    confirms = models.ForeignKey(
        "annotation.Truth",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="confirmations",
        help_text="The truth that rests on one answer; that answer counts here as the first.",
    )
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "purpose", "schema"], condition=Q(status="open"), name="one_open_question"
            ),
            models.CheckConstraint(
                condition=Q(inclusion_probability__isnull=True)
                | Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="question_probability_is_one",
            ),
        ]
        indexes = [
            # Serves the hourly budget of sampling and the counts of the dashboard.
            models.Index(fields=["project", "purpose", "opened_at"], name="question_opened"),
            # Serves settlements: what was settled since.
            models.Index(fields=["project", "status", "finished_at"], name="question_finished"),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class JobStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    LEASED = "leased", _("Leased")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


class Job(models.Model):
    """One seat of a question: one person, one lease, one label.

    ``project``, ``desk``, ``lane``, ``due_at`` and ``is_escalated`` repeat the question's, so that a claim reads
    one index and nothing else.
    """

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="jobs")
    seat = models.PositiveSmallIntegerField()
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    desk = models.CharField(max_length=9, choices=Desk.choices)
    lane = models.CharField(max_length=6, choices=Lane.choices)
    due_at = models.DateTimeField()
    is_escalated = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=JobStatus.choices, default=JobStatus.WAITING)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_at = models.DateTimeField(null=True, blank=True)
    suggestion = models.JSONField(
        null=True, blank=True, help_text="Shown to whoever holds it: {model_version, classes: [{key, score}]}."
    )

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "seat"], name="one_job_per_seat"),
            models.UniqueConstraint(fields=["question", "person"], name="one_seat_per_person"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "closed"])
                | Q(person__isnull=False, lease_token__isnull=False, lease_until__isnull=False),
                name="a_taken_job_has_a_lease",
            ),
        ]
        indexes = [
            # Serves claim: the earliest waiting job of a lane.
            models.Index(
                fields=["project", "desk", "lane", "is_escalated", "due_at", "id"],
                condition=Q(status="waiting"),
                name="job_claim",
            ),
            # Serves the release of leases that ran out.
            models.Index(fields=["lease_until"], condition=Q(status="leased"), name="job_lease_over"),
            # Serves the limit of seats that one person holds.
            models.Index(fields=["person"], condition=Q(status="leased"), name="job_held"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"


class Exclusion(models.Model):
    """A person who is not asked this question (again): they skipped it, or they judged this before."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="exclusions")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    is_skip = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "person"], name="excluded_once")]

    def __str__(self) -> str:
        return f"{self.person} not asked {self.question}"
