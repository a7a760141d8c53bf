"""This will be the moments that a post's story is made of; pages have one fragment for each ``kind``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from annotation.models import Lane, Purpose
from config.accounts.models import User
from models_registry.models import ModelVersion
from moderation import audits
from moderation.models import Appeal, Complaint, Decision, Delivery, Draw, EventKind, PolicyVersion, Verdict

# What verdicts and decisions give as their reason, in words; other reasons were written by people.
_WHY = {
    "manual_mode": _("People look at every post."),
    "no_deployment": _("No model version was deployed."),
    "override_always_a_person": _("A person always looks at this poster's posts."),
    "override_trusted_poster": _("The poster is trusted."),
    "score_remove_assisted": _("The scores call for removal; a person decides."),
    "score_remove": _("A score reached the threshold for removal."),
    "score_review": _("A score reached the threshold for review."),
    "score_pass": _("No score reached a threshold."),
    "review answered": _("It answers a review."),
    "audit answered": _("People agreed in an audit."),
    "complaint answered": _("It answers a complaint."),
    "appeal answered": _("It answers an appeal."),
    "answer taken back": _("The answer it rested on was taken back."),
}


@dataclass(frozen=True)
class Moment:
    """Something that happened; ``kind`` names its fragment, ``rank`` orders what has the same time."""

    at: datetime
    kind: ClassVar[str] = ""
    rank: ClassVar[int] = 0


@dataclass(frozen=True)
class Received(Moment):
    client: str
    posted_at: datetime
    kind = "received"


@dataclass(frozen=True)
class Stepped(Moment):
    """A step that nothing else tells of: failed, given back, screened again, withdrawn."""

    event: EventKind
    person: User | None
    code: str
    kind, rank = "stepped", 1


@dataclass(frozen=True)
class Score:
    """A calibrated probability in [0, 1] of a class."""

    key: str
    name: str
    score: float
    is_flagged: bool

    @property
    def percent(self) -> float:
        return 100 * self.score

    @property
    def width(self) -> str:
        """The width of its bar, of 100."""
        return f"{self.percent:.1f}"

    @property
    def whole_percent(self) -> str:
        """Rounded half up, as templates round."""
        return str(int(self.percent + 0.5))


@dataclass(frozen=True)
class Scored(Moment):
    """What a model version predicted of the image, the likeliest class first."""

    version: ModelVersion
    scores: list[Score]
    kind, rank = "scored", 2


@dataclass(frozen=True)
class Judged(Moment):
    """The policy's verdict: what was done, and what the scores alone would have done."""

    verdict: Verdict
    classes: list[str]
    policy: PolicyVersion
    kind, rank = "judged", 3

    @property
    def reason(self) -> str:
        return str(_WHY.get(self.verdict.reason, self.verdict.reason))

    @property
    def differs(self) -> bool:
        """Whether the scores alone would have led to something else."""
        return self.verdict.machine_outcome not in ("", self.verdict.outcome)


@dataclass(frozen=True)
class Drawn(Moment):
    """The toss of routing, or the second one by views; ``is_known`` where that only counted what people see anyway."""

    draw: Draw
    kind, rank = "drawn", 4

    @property
    def is_by_views(self) -> bool:
        return self.draw.design == audits.SECOND_DRAW

    @property
    def is_known(self) -> bool:
        return self.draw.stratum in (audits.KNOWN, audits.REMOVED)


@dataclass(frozen=True)
class Opened(Moment):
    """A question; ``purpose`` and ``rule`` are empty for those who may not know why is asked."""

    question_id: int
    lane: Lane
    due_at: datetime
    purpose: Purpose | None
    is_escalated: bool
    kind, rank = "opened", 5


@dataclass(frozen=True)
class Answered(Moment):
    question_id: int
    person: User
    classes: list[str]
    is_unsure: bool
    note: str
    is_taken_back: bool
    kind, rank = "answered", 6


@dataclass(frozen=True)
class TakenBack(Moment):
    question_id: int
    person: User
    kind, rank = "taken_back", 7


@dataclass(frozen=True)
class Ended(Moment):
    """A question that settled with ``classes``, or closed without an answer where that is None."""

    question_id: int
    classes: list[str] | None
    is_withdrawn: bool
    kind, rank = "ended", 8


@dataclass(frozen=True)
class Decided(Moment):
    """``batch`` is how many posts were acted on at once, 0 for a decision of its own."""

    decision: Decision
    classes: list[str]
    is_reversed: bool
    batch: int
    kind, rank = "decided", 9

    @property
    def why(self) -> str:
        return str(_WHY.get(self.decision.reason, self.decision.reason))


@dataclass(frozen=True)
class Sent(Moment):
    """A person sent this post to review, with others."""

    person: User
    reason: str
    batch: int
    kind, rank = "sent", 4


@dataclass(frozen=True)
class Complained(Moment):
    complaint: Complaint
    kind, rank = "complained", 4


@dataclass(frozen=True)
class Appealed(Moment):
    appeal: Appeal
    kind, rank = "appealed", 4


@dataclass(frozen=True)
class Told(Moment):
    delivery: Delivery
    kind, rank = "told", 10
