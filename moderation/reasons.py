"""This will keep the texts that tell posters why, and find the one that was chosen with an answer.

A label keeps the key of a text, a decision also its words: what was said stays said when the text changes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from annotation.models import Label
from config.accounts.models import Project
from moderation.models import ReasonTemplate


class BadReason(ValueError):
    """The reason is not one of the project's, or speaks of a class that the answer does not name."""

    code = "bad_reason"


def listed(project: Project) -> list[ReasonTemplate]:
    """Return the reasons that can be chosen, in their order."""
    return list(ReasonTemplate.objects.filter(project=project, is_active=True).order_by("position", "id"))


def check(label: Label, *, project_id: int) -> None:
    """Raises BadReason. A label needs no reason; of one that is fine, or not sure, only a general one is taken."""
    if not label.reason:
        return
    chosen = ReasonTemplate.objects.filter(project=project_id, key=label.reason, is_active=True).first()
    if chosen is None:
        raise BadReason(f"There is no reason {label.reason!r} to choose.")
    if chosen.class_key and chosen.class_key not in label.classes:
        raise BadReason(f"The reason {chosen.key!r} speaks of {chosen.class_key!r}, which the answer does not name.")


def text_of(label: Label, *, project_id: int) -> str:
    """Return the words of a label's reason, switched off or not; empty without one."""
    if not label.reason:
        return ""
    words = ReasonTemplate.objects.filter(project=project_id, key=label.reason).values_list("text", flat=True)
    return words.first() or ""


def add(project: Project, texts: Iterable[Mapping[str, str]]) -> None:
    """Give a project these reasons, each of key, class_key and text, after those it has; a key that is taken stays."""
    taken = ReasonTemplate.objects.filter(project=project).count()
    rows = [ReasonTemplate(project=project, position=taken + place, **one) for place, one in enumerate(texts)]
    ReasonTemplate.objects.bulk_create(rows, ignore_conflicts=True)


def add_missing(project: Project, *, classes: Iterable[Mapping[str, Any]]) -> None:
    """Give every class that no reason speaks of one plain sentence of its own."""
    spoken_of = set(ReasonTemplate.objects.filter(project=project).values_list("class_key", flat=True))
    plain = [
        {"key": one["key"], "class_key": one["key"], "text": f"It breaks this rule: {one.get('name', one['key'])}."}
        for one in classes
        if one["key"] not in spoken_of
    ]
    add(project, plain)
