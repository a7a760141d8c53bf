"""What do we do about it, and who decided? Posts, policies, verdicts, draws, decisions, webhooks."""

from moderation.models.decisions import DailyMeasurement, Decision, DecisionKind, Delivery, DeliveryStatus, Settlement
from moderation.models.policies import AuditPlanRow, Override, OverrideKind, PolicyMode, PolicyStatus, PolicyVersion
from moderation.models.posts import EventKind, OfProject, Post, PostEvent, PostStatus, Publication
from moderation.models.verdicts import Asked, Draw, Outcome, Verdict

__all__ = [
    "Asked",
    "AuditPlanRow",
    "DailyMeasurement",
    "Decision",
    "DecisionKind",
    "Delivery",
    "DeliveryStatus",
    "Draw",
    "EventKind",
    "OfProject",
    "Outcome",
    "Override",
    "OverrideKind",
    "PolicyMode",
    "PolicyStatus",
    "PolicyVersion",
    "Post",
    "PostEvent",
    "PostStatus",
    "Publication",
    "Settlement",
    "Verdict",
]
