"""The rules by which verdicts are made, and the business rules that override them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.accounts.models import Project, User
from models_registry.models import ForPeople, ModelVersion, append_only


class OfPolicyVersion(ForPeople):
    project_path = "policy_version__project"


class PolicyStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_FORCE = "in_force", _("In force")
    RETIRED = "retired", _("Retired")


class PolicyMode(models.TextChoices):
    MANUAL = "manual", _("Manual: people look at every post")
    ASSISTED = "assisted", _("Assisted: the machine flags, people decide")
    AUTOMATIC = "automatic", _("Automatic: the machine removes where it is sure")


class PolicyVersion(models.Model):
    """The rules by which verdicts are made; see moderation/policy for what ``rules`` holds."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=PolicyStatus.choices, default=PolicyStatus.DRAFT)
    mode = models.CharField(max_length=9, choices=PolicyMode.choices)
    rules = models.JSONField()
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    in_force_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="policy_number_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(status="in_force"), name="one_policy_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.project} policy {self.number}"


class PolicyStart(models.Model):
    """A policy version came into force. Nobody started it where the guard did, or a program nobody was signed in to;
    of versions that came into force before such rows were kept nobody knows."""

    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="starts")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfPolicyVersion.as_manager()

    class Meta:
        triggers = append_only("policy_start")

    def __str__(self) -> str:
        return f"{self.policy_version} from {self.started_at:%Y-%m-%d %H:%M}"


class AuditPlanRow(models.Model):
    """The strata and rates with which passed posts are drawn from ``created_at`` on; the newest one counts."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    plan = models.JSONField()
    budget = models.PositiveIntegerField(help_text="Looks a day.")
    expected_posts = models.FloatField(help_text="Passed posts a day that it was made for.")
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        verbose_name = "audit plan"
        triggers = append_only("audit_plan")

    def __str__(self) -> str:
        return f"{self.project} audit plan {self.pk}"


class OverrideKind(models.TextChoices):
    TRUSTED_POSTER = "trusted_poster", _("Trusted poster: flagged posts pass, audits go on")
    ALWAYS_A_PERSON = "always_a_person", _("A person always looks")


class Override(models.Model):
    """A business rule about a poster, with owner, reason and expiry, obeyed by policy."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=OverrideKind.choices)
    poster = models.CharField(max_length=200)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "poster", "expires_at"], name="override_of_poster")]

    def __str__(self) -> str:
        return f"{self.kind} {self.poster}"
