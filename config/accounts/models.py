"""Who is asking: people with roles in projects, and clients with keys."""

import base64
import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    MODERATOR = "moderator", _("Moderator")
    ANNOTATOR = "annotator", _("Annotator")
    ENGINEER = "engineer", _("Engineer")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


def _new_secret() -> bytes:
    return secrets.token_bytes(32)


def new_webhook_secret() -> str:
    """Make a signing secret, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class User(AbstractUser):
    """A person. What they may do follows from their memberships.

    ``held`` are those, with their projects, of somebody who was read together with them; else None.
    """

    held: "list[Membership] | None" = None


class Theme(models.TextChoices):
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Preferences(models.Model):
    """What a person chose for their screens; what each holds and may hold: see config/accounts/preferences."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="preferences")
    language = models.CharField(max_length=10, blank=True, help_text="Empty: what the browser asks for.")
    theme = models.CharField(max_length=5, choices=Theme.choices, blank=True, help_text="Empty: as the system prefers.")
    wellness = models.JSONField(default=dict, help_text="{blur, greyscale, mute}: never, always, or classes.")
    grid_size = models.PositiveSmallIntegerField(default=24)
    exposure_budget = models.JSONField(default=dict, help_text="{class: images a day}")
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.person}"


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_member(self, user: User) -> "ProjectQuerySet":
        return self.filter(memberships__user_id=user.pk).distinct().order_by("id")


# More gold than this would be seen for what it is, and cost more than it tells.
MOST_GOLD = 0.2


class Project(models.Model):
    """One moderated service. Nothing crosses projects."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    labels_per_day = models.PositiveIntegerField(default=200, help_text="Label questions opened in a day.")
    confirmations_per_day = models.PositiveIntegerField(
        default=200,
        db_default=200,
        help_text="Hold-out images that a second person is asked about in a day; violations always are.",
    )
    shows_suggestions = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Show annotators what the model would say. People lean towards what they are shown.",
    )
    gold_rate = models.FloatField(
        default=0,
        db_default=0,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_GOLD)],
        help_text="Share of jobs, up to 0.2, whose right answer was known before: they measure people. 0 for none.",
    )
    # The coins of audits and the split of images hang on it, so it never changes.
    secret = models.BinaryField(default=_new_secret, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a project; someone with two roles has two memberships."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "project", "role"], name="one_membership_per_role"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.project}"


class Client(models.Model):
    """A machine user of one project: the platform that posts images and is told what to take down."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="clients")
    name = models.CharField(max_length=100)
    webhook_url = models.URLField(blank=True, help_text="Where decisions are sent. Empty: nowhere.")
    webhook_secret = models.CharField(
        max_length=100, default=new_webhook_secret, help_text="Signs what is sent, as in Standard Webhooks."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="client_name_once_per_project")]

    def __str__(self) -> str:
        return f"{self.project} · {self.name}"


def fingerprint(token: str) -> str:
    """Return the SHA-256 of a token; keys are 256 random bits, so no salt or slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> "ApiKeyQuerySet":
        alive = Q(client__is_active=True) | Q(user__is_active=True)
        return self.filter(alive, revoked_at__isnull=True)


class ApiKey(models.Model):
    """A key of a client or of a person; only its hash is kept."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, blank=True, related_name="keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, editable=False)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(client__isnull=True) ^ Q(user__isnull=True), name="key_has_one_holder")
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    @classmethod
    def issue(
        cls, *, name: str, client: Client | None = None, user: User | None = None, token: str = ""
    ) -> tuple["ApiKey", str]:
        """Make a key; returns it with the token, which is shown once and never stored."""
        token = token or f"sl_{secrets.token_urlsafe(32)}"
        key = cls.objects.create(name=name, client=client, user=user, prefix=token[:8], token_sha256=fingerprint(token))
        return key, token

    def revoke(self, *, now: datetime) -> None:
        self.revoked_at = now
        self.save(update_fields=["revoked_at"])
