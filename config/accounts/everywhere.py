"""This will do one thing in every project, so that what is wrong in one of them keeps it from no other."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db.models import QuerySet

from config.accounts.models import Project

log = logging.getLogger(__name__)
T = TypeVar("T")


def in_every_project(act: Callable[[Project], T], *, what: str, among: QuerySet[Project] | None = None) -> list[T]:
    """Return what came of it in each project (``among`` some), oldest first; where it fails, ``what`` is logged.

    Tasks use it that are sent again later, so nothing is lost.
    """
    done = []
    for project in (Project.objects.all() if among is None else among).order_by("id"):
        try:
            done.append(act(project))
        except Exception:
            log.exception("%s failed in %s.", what, project)
    return done
