"""What do we do about it, and who decided? Posts, policies, verdicts, draws, decisions, webhooks."""

from moderation.models.decisions import DailyMeasurement, Decision, DecisionKind, Delivery, DeliveryStatus, Settlement
from moderation.models.desks import Appeal, Complaint, ComplaintOutcome, ExposureBudget, ReasonTemplate
from moderation.models.policies import AuditPlanRow, Override, OverrideKind, PolicyMode, PolicyStatus, PolicyVersion
from moderation.models.posts import EventKind, OfProject, Post, PostEvent, PostStatus, Publication
from moderation.models.search import BulkAction, BulkItem, BulkKind, SearchEntry
from moderation.models.verdicts import Asked, Draw, Outcome, Verdict

__all__ = [
    "Appeal",
    "Asked",
    "AuditPlanRow",
    "BulkAction",
    "BulkItem",
    "BulkKind",
    "Complaint",
    "ComplaintOutcome",
    "DailyMeasurement",
    "Decision",
    "DecisionKind",
    "Delivery",
    "DeliveryStatus",
    "Draw",
    "EventKind",
    "ExposureBudget",
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
    "ReasonTemplate",
    "SearchEntry",
    "Settlement",
    "Verdict",
]
