"""This will tell whoever judges a complaint or an appeal what is said, and what became of the post before.

The facts travel with the question, as everything does that a lower floor shows. Scores are no part of them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from annotation.models import Label
from moderation.models import Appeal, Complaint, Decision, Post

MOST_ENTRIES = 20
MOST_HISTORY = 20
MOST_LETTERS = 2000


def about(kind: str, post: Post, *, said: Iterable[Complaint | Appeal]) -> dict[str, Any]:
    """Return the origin of a question about a post: its words, and the case with the newest entries last.

    ``kind`` is complaint or appeal; ``said`` is what it is about, and everything else is history.
    """
    said = sorted(said, key=lambda one: one.pk)
    case = {
        "kind": kind,
        "entries": [_entry(one) for one in said[-MOST_ENTRIES:]],
        "history": _history(post, but={(type(one), one.pk) for one in said}),
    }
    return {"title": post.title, "description": post.description, "external_id": post.external_id, "case": case}


def _entry(one: Complaint | Appeal) -> dict[str, Any]:
    if isinstance(one, Complaint):
        return {"at": _iso(one.complained_at), "reason": one.reason, "text": one.text[:MOST_LETTERS]}
    return {"at": _iso(one.appealed_at), "reason": "", "text": one.text[:MOST_LETTERS]}


def _history(post: Post, *, but: set[tuple[type, int]]) -> list[dict[str, Any]]:
    """Return decisions, earlier complaints and earlier appeals, oldest first."""
    decisions = post.decisions.select_related("label").order_by("-id")[:MOST_HISTORY]
    others: list[Complaint | Appeal] = [*post.complaints.order_by("-id")[:MOST_HISTORY], *post.appeals.order_by("-id")]
    told = [_decided(one) for one in decisions]
    told += [_said(one) for one in others if (type(one), one.pk) not in but]
    return sorted(told, key=lambda one: one["at"])[-MOST_HISTORY:]


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "at": _iso(decision.created_at),
        "kind": decision.kind,
        "actor": "person" if decision.person_id else "policy",
        "classes": decision.classes,
        "note": _note(decision.label) or decision.reason_text,
    }


def _note(label: Label | None) -> str:
    return label.note[:MOST_LETTERS] if label else ""


def _said(one: Complaint | Appeal) -> dict[str, Any]:
    if isinstance(one, Complaint):
        return _past(one.complained_at, "complaint", "viewer", one.reason)
    return _past(one.appealed_at, "appeal", "poster", one.text[:MOST_LETTERS])


def _past(at: datetime, kind: str, actor: str, note: str) -> dict[str, Any]:
    return {"at": _iso(at), "kind": kind, "actor": actor, "classes": [], "note": note}


def _iso(at: datetime) -> str:
    return at.isoformat()
