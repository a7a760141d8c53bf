"""This will record what a manager decides about a period, and make a no-go bite: MANUAL from that moment.

The machine recommends, a person decides; what they saw is frozen with the decision. A no-go drafts a MANUAL policy with
the rules of the one in force and puts it in force in the same transaction; no policy that acts comes into force until a
new go (moderation/stops).

Decisions of a project are made one after the other, under the lock of its row, which policies take first as well. Each
says after which decision it was made: of two managers at once, or of a manager and the guard, the second is told what
the first decided and nothing of theirs is written.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from config.accounts.models import Project, User
from models_registry.registry import lock
from moderation import policies
from moderation.go_no_go import criteria, evidence
from moderation.go_no_go.evaluating import Evaluation, evaluate
from moderation.measurement.periods import Period
from moderation.models import (
    CriteriaVersion,
    PeriodDecision,
    PeriodOutcome,
    PolicyMode,
    PolicyVersion,
)


class DecisionRefused(Exception):
    """Nothing was decided; ``code`` says why: decided_meanwhile, evidence_changed, not_final, bad_decision."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Wish:
    """What a manager asks to be recorded.

    ``after`` is the newest decision they saw, 0 for none; ``saw`` the recommendation they saw. ``accepts_open`` says
    that they know the period is not final. A go needs a ``plan``, an extension its last day ``until``.
    """

    outcome: PeriodOutcome
    reason: str
    after: int
    saw: str
    plan: str = ""
    until: date | None = None
    accepts_open: bool = False


def decisions(project: Project) -> QuerySet[PeriodDecision]:
    """What was decided, newest first, without the evidence, which is long."""
    rows = PeriodDecision.objects.filter(project=project).select_related("person", "criteria", "policy_version")
    return rows.defer("evidence").order_by("-id")


def newest(project: Project) -> PeriodDecision | None:
    return PeriodDecision.objects.filter(project=project).order_by("-id").first()


@transaction.atomic
def decide(
    project: Project, version: CriteriaVersion, period: Period, *, wish: Wish, by: User, now: datetime
) -> PeriodDecision:
    """Record a decision with its evidence; a no-go puts MANUAL in force with it.

    Raises CriteriaRefused and DecisionRefused; then nothing has changed.
    """
    criteria.refuse_others(project, by)
    _check(wish, period)
    lock(project)
    _refuse_overtaken(project, wish)
    if version.project_id != project.pk or period not in criteria.periods(version, now=now):
        raise criteria.CriteriaRefused(
            "not_a_period_of_these_criteria", f"{version} does not judge the days from {period.first} to {period.last}."
        )
    found = evaluate(project, version, period, now=now)
    _refuse_changed(found, wish)
    frozen = evidence.freeze(evidence.of_period(project, found, now=now))
    manual = stop(project, reason=wish.reason, by=by, now=now) if wish.outcome == PeriodOutcome.NO_GO else None
    return PeriodDecision.objects.create(
        project=project,
        outcome=wish.outcome,
        criteria=version,
        starts_at=period.start,
        ends_at=period.end,
        extended_until=criteria.midnight(wish.until) + timedelta(days=1) if wish.until else None,
        recommendation=str(found.recommendation),
        is_final=found.is_final,
        reason=wish.reason.strip(),
        plan=wish.plan.strip(),
        evidence=frozen.text,
        checksum=frozen.checksum,
        policy_version=manual,
        person=by,
        created_at=now,
    )


def stop(project: Project, *, reason: str, by: User | None, now: datetime) -> PolicyVersion:
    """Put MANUAL in force, with the rules of the policy it replaces; the caller is in a transaction.

    People look at every post that comes from then on. Doing it again while MANUAL is in force changes nothing.
    """
    current = policies.in_force(project)
    if current.mode == PolicyMode.MANUAL:
        return current
    draft = policies.draft(project, mode=PolicyMode.MANUAL, rules=current.rules, by=by, reason=reason, now=now)
    return policies.put_in_force(draft, by=by, now=now)


def _check(wish: Wish, period: Period) -> None:
    if wish.outcome not in (PeriodOutcome.GO, PeriodOutcome.NO_GO, PeriodOutcome.EXTEND):
        raise DecisionRefused("bad_decision", "A decision is go, no-go or extend.")
    if not wish.reason.strip():
        raise DecisionRefused("bad_decision", "A decision needs a reason.")
    if wish.outcome == PeriodOutcome.GO and not wish.plan.strip():
        raise DecisionRefused("bad_decision", "A go needs a plan of what will be improved.")
    if (wish.outcome == PeriodOutcome.EXTEND) != (wish.until is not None):
        raise DecisionRefused("bad_decision", "An extension, and nothing else, needs the day until which it goes.")
    if wish.until and wish.until <= period.last:
        raise DecisionRefused("bad_decision", f"The period goes to {period.last} already; extend it beyond that.")


def _refuse_overtaken(project: Project, wish: Wish) -> None:
    last = newest(project)
    if last is not None and last.pk != wish.after:
        who = last.person.get_username() if last.person else "the guard"
        label = PeriodOutcome(last.outcome).label
        raise DecisionRefused("decided_meanwhile", f"Meanwhile {who} has decided: {label}. Look at it first.")


def _refuse_changed(found: Evaluation, wish: Wish) -> None:
    if found.recommendation != wish.saw:
        raise DecisionRefused(
            "evidence_changed", f"Meanwhile the figures have changed, and now say {found.recommendation}. Look again."
        )
    if wish.outcome == PeriodOutcome.GO and not found.is_final and not wish.accepts_open:
        raise DecisionRefused(
            "not_final", f"The period is not final ({found.pending} looks are pending); say that you know."
        )
