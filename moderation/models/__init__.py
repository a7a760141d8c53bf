"""What do we do about it, and who decided? Posts, policies, verdicts, draws, decisions, webhooks."""

from moderation.models.costs import (
    CostCurrency,
    DailyCost,
    DailyOutput,
    Price,
    QueueSample,
    Resource,
    ScreeningEffort,
    ViewsByAge,
)
from moderation.models.decisions import Decision, DecisionKind, Delivery, DeliveryStatus, Settlement
from moderation.models.desks import Appeal, Complaint, ComplaintOutcome, ExposureBudget, ReasonTemplate
from moderation.models.go_no_go import (
    Acknowledgement,
    Alert,
    AlertMail,
    Bound,
    CriteriaVersion,
    Criterion,
    Direction,
    Guarded,
    GuardRule,
    PeriodDecision,
    PeriodOutcome,
)
from moderation.models.impressions import DayViews, Impression, PostViews, StrikeRule, ViewDraw, ViewPlan
from moderation.models.journal import Incident, Investigation, InvestigationStep, Note, StepKind
from moderation.models.lab import ScoredDay
from moderation.models.measured import DailyMeasurement, DayLooks, DayViewLooks, SliceAttribute
from moderation.models.people import PersonDay
from moderation.models.policies import AuditPlanRow, Override, OverrideKind, PolicyMode, PolicyStatus, PolicyVersion
from moderation.models.posts import EventKind, OfProject, Post, PostEvent, PostStatus, Publication
from moderation.models.search import BulkAction, BulkItem, BulkKind, SearchEntry
from moderation.models.second_looks import FirstAnswer, SecondLook
from moderation.models.verdicts import Asked, Draw, Outcome, Verdict

__all__ = [
    "Acknowledgement",
    "Alert",
    "AlertMail",
    "Appeal",
    "Asked",
    "AuditPlanRow",
    "Bound",
    "BulkAction",
    "BulkItem",
    "BulkKind",
    "Complaint",
    "ComplaintOutcome",
    "CostCurrency",
    "CriteriaVersion",
    "Criterion",
    "DailyCost",
    "DailyMeasurement",
    "DailyOutput",
    "DayLooks",
    "DayViewLooks",
    "DayViews",
    "Decision",
    "DecisionKind",
    "Delivery",
    "DeliveryStatus",
    "Direction",
    "Draw",
    "EventKind",
    "ExposureBudget",
    "FirstAnswer",
    "GuardRule",
    "Guarded",
    "Impression",
    "Incident",
    "Investigation",
    "InvestigationStep",
    "Note",
    "OfProject",
    "Outcome",
    "Override",
    "OverrideKind",
    "PeriodDecision",
    "PeriodOutcome",
    "PersonDay",
    "PolicyMode",
    "PolicyStatus",
    "PolicyVersion",
    "Post",
    "PostEvent",
    "PostStatus",
    "PostViews",
    "Price",
    "Publication",
    "QueueSample",
    "ReasonTemplate",
    "Resource",
    "ScreeningEffort",
    "ScoredDay",
    "SearchEntry",
    "SecondLook",
    "Settlement",
    "SliceAttribute",
    "StepKind",
    "StrikeRule",
    "Verdict",
    "ViewDraw",
    "ViewPlan",
    "ViewsByAge",
]
