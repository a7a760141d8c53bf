"""What all tables share: append-only triggers, and lists that start from who is asking."""

from typing import Any

import pgtrigger
from django.db import models

from config.accounts.models import User


def append_only(name: str) -> list[pgtrigger.Protect]:
    """Return the triggers that let rows be added and never changed or removed."""
    return [pgtrigger.Protect(name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class ForPeople(models.QuerySet[Any]):
    """Rows of a project; every list starts from ``for_member``."""

    project_path = "project"

    def for_member(self, user: User) -> Any:
        return self.filter(**{f"{self.project_path}__memberships__user": user}).distinct()


class OfDetector(ForPeople):
    project_path = "detector__project"
