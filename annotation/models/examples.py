"""Examples: what the guideline shows."""

from django.db import models

from annotation.models.images import Image
from config.accounts.models import Project, User
from models_registry.models import ForPeople


class Example(models.Model):
    """An image that the guideline shows for a class, or for fine: what violates, and what only looks like it.

    It goes by the class's key, so that it stays when the project's classes get another version.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="+")
    class_key = models.CharField(max_length=50, blank=True, help_text="Empty: it belongs to no class.")
    is_violation = models.BooleanField(help_text="Whether the image breaks the rule, or only seems to.")
    caption = models.CharField(max_length=200, blank=True, help_text="What to see in it.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower ones are shown first.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "class_key", "image"], name="shown_once_per_class"),
        ]

    def __str__(self) -> str:
        return f"example {self.pk}"
