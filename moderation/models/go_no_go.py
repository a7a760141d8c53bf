"""Whether the machine may go on: criteria, decisions with their evidence, and the guard with its alerts."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.accounts.models import Project, User
from models_registry.models import ForPeople, append_only
from moderation.models.policies import PolicyVersion

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}
_OPTIONAL: dict[str, Any] = {**_BELOW, "null": True, "blank": True}


class CriteriaVersion(models.Model):
    """What a project is held to from ``starts_at`` (a midnight, UTC) on; set before that, and never changed.

    It judges one period, up to and not including ``ends_at``, or one period of ``period_days`` after the other.
    """

    project = models.ForeignKey(Project, **_BELOW)
    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    period_days = models.PositiveIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, **_BELOW)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="criteria_number_once"),
            models.CheckConstraint(condition=Q(starts_at__gte=F("created_at")), name="criteria_come_before_the_period"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) ^ Q(period_days__isnull=True), name="criteria_have_one_kind_of_period"
            ),
        ]
        triggers = append_only("criteria_version")

    def __str__(self) -> str:
        return f"{self.project} criteria {self.number}"


class Direction(models.TextChoices):
    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")


class Bound(models.TextChoices):
    LOW = "low", _("lower bound")
    HIGH = "high", _("upper bound")


class Criterion(models.Model):
    """One line of a criteria version: the bound of a metric's 95 % interval that must reach the target."""

    criteria = models.ForeignKey(CriteriaVersion, on_delete=models.PROTECT, related_name="criteria")
    metric = models.CharField(max_length=40, help_text="A key of moderation/measurement/catalog.")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    bound = models.CharField(max_length=4, choices=Bound.choices)
    target = models.FloatField()

    class Meta:
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["criteria", "metric"], name="one_criterion_per_metric"),
            # The cautious end: whoever promises "at least" has to show it of the lower bound.
            models.CheckConstraint(
                condition=Q(direction="at_least", bound="low") | Q(direction="at_most", bound="high"),
                name="criterion_compares_the_cautious_bound",
            ),
        ]
        triggers = append_only("criterion")

    def __str__(self) -> str:
        return f"{self.metric} {self.direction} {self.target}"


class Guarded(models.TextChoices):
    MACHINE_RECALL = "machine_recall", _("Machine recall")
    FLAG_PRECISION = "flag_precision", _("Flag precision")
    TAKEDOWN_PRECISION = "takedown_precision", _("Takedown precision")
    FLAGGED_SHARE = "flagged_share", _("Share of posts flagged")


class GuardRule(models.Model):
    """What the guard watches while a criteria version counts: a floor, or for the share of posts flagged a ceiling."""

    criteria = models.ForeignKey(CriteriaVersion, on_delete=models.PROTECT, related_name="guard_rules")
    guarded = models.CharField(max_length=20, choices=Guarded.choices)
    limit = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["criteria", "guarded"], name="one_guard_rule_per_metric"),
            models.CheckConstraint(condition=Q(limit__gt=0, limit__lt=1), name="guard_limit_is_a_share"),
        ]
        triggers = append_only("guard_rule")

    def __str__(self) -> str:
        return f"{self.guarded} {self.limit}"


class PeriodOutcome(models.TextChoices):
    GO = "go", _("Go")
    NO_GO = "no_go", _("No-go")
    EXTEND = "extend", _("Extend")
    STOPPED = "stopped", _("Stopped by the guard")


class PeriodDecision(models.Model):
    """What was decided about a period, by whom, and on which evidence; append-only.

    ``evidence`` is canonical JSON, kept as text so that ``checksum`` is the SHA-256 of these very bytes. ``person`` is
    empty where the guard stopped the machine. ``policy_version`` is what came into force with it: MANUAL.
    """

    project = models.ForeignKey(Project, **_BELOW)
    outcome = models.CharField(max_length=8, choices=PeriodOutcome.choices)
    criteria = models.ForeignKey(CriteriaVersion, **_OPTIONAL)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    extended_until = models.DateTimeField(null=True, blank=True, help_text="Up to, not including.")
    recommendation = models.CharField(max_length=8, choices=PeriodOutcome.choices, blank=True)
    is_final = models.BooleanField(help_text="Whether the period was over and every drawn look answered.")
    reason = models.TextField()
    plan = models.TextField(blank=True, help_text="What will be improved; every go has one.")
    evidence = models.TextField()
    checksum = models.CharField(max_length=64)
    policy_version = models.ForeignKey(PolicyVersion, **_OPTIONAL)
    person = models.ForeignKey(User, **_OPTIONAL)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(outcome="go") | ~Q(plan=""), name="a_go_has_a_plan"),
            models.CheckConstraint(
                condition=Q(outcome="extend", extended_until__isnull=False)
                | (~Q(outcome="extend") & Q(extended_until__isnull=True)),
                name="an_extension_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(outcome="stopped", person__isnull=True) | (~Q(outcome="stopped") & Q(person__isnull=False)),
                name="people_decide_and_the_guard_stops",
            ),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="period_decision_newest")]
        triggers = append_only("period_decision")

    def __str__(self) -> str:
        return f"{self.project} {self.outcome} {self.created_at:%Y-%m-%d}"

    @property
    def last_day(self) -> date:
        return (self.ends_at - timedelta(microseconds=1)).date()

    @property
    def extended_to(self) -> date | None:
        """The last day of an extension."""
        return (self.extended_until - timedelta(days=1)).date() if self.extended_until else None


class Alert(models.Model):
    """That the guard stopped the machine; it stands on every page until somebody acknowledges it. Append-only.

    ``season`` is the first day of those that the guard had watched: it stops the machine once in each.
    """

    project = models.ForeignKey(Project, **_BELOW)
    season = models.DateField()
    decision = models.OneToOneField(PeriodDecision, on_delete=models.PROTECT, related_name="alert")
    guarded = models.CharField(max_length=20, choices=Guarded.choices)
    limit = models.FloatField()
    bound = models.FloatField(help_text="What the confidence sequence still leaves possible.")
    day = models.DateField(help_text="The day whose looks decided it.")
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "season"], name="one_alert_per_season")]
        triggers = append_only("alert")

    def __str__(self) -> str:
        return f"{self.project}: {self.guarded}"


class Acknowledgement(models.Model):
    """That somebody who answers for the project has seen an alert; append-only."""

    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="acknowledgement")
    person = models.ForeignKey(User, **_BELOW)
    created_at = models.DateTimeField()

    class Meta:
        triggers = append_only("acknowledgement")

    def __str__(self) -> str:
        return f"{self.alert} seen by {self.person}"


class AlertMail(models.Model):
    """One person's e-mail about an alert: the outbox. ``sent_at`` is the truth of whether it left."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="mails")
    person = models.ForeignKey(User, **_BELOW)
    address = models.EmailField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "person"], name="one_mail_per_alert_and_person")]
        # Serves the sweep for what was not sent yet.
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(sent_at__isnull=True), name="alert_mail_due")]

    def __str__(self) -> str:
        return f"{self.alert} to {self.person}"
