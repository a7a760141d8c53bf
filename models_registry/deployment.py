"""This will say what is deployed, and change it: deploy, roll back.

Both are one move under the lock of the detector's row: the champion's deployment ends, the next begins. Whoever
predicts reads the same row ``FOR SHARE`` before acting, so no verdict is written with a version that has just gone.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from config.accounts.models import Project, User
from config.compiled import Compiled, Given
from models_registry.models import Deployment, Detector, GateOutcome, ModelVersion, Scorecard, Waiver
from models_registry.registry import lock

_CURRENT = Compiled(
    lambda: (
        Deployment.objects.filter(detector__project=Given("project"), ended_at__isnull=True)
        .select_related("model_version__detector", "model_version__schema")
        .order_by("id")
    )
)


class DeploymentRefused(Exception):
    """The version may not be deployed; ``code`` says why: gate_failed, gate_missing, gate_outdated,
    not_enough_data, already_champion, other_detector_decides, nothing_to_roll_back_to, waiver_refused."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def champion(detector: Detector) -> ModelVersion | None:
    """Return the version that decides, or None."""
    current = (
        Deployment.objects.filter(detector=detector, ended_at__isnull=True)
        .select_related("model_version__schema")
        .first()
    )
    return current.model_version if current else None


def champion_of(project: Project) -> ModelVersion | None:
    """Return the version that decides for a project, or None. At most one detector of a project is deployed."""
    current = _CURRENT.first(project=project.pk)
    return current.model_version if current else None


def hold_still(project: Project) -> ModelVersion | None:
    """Return the project's champion and keep it from changing until the caller's transaction ends."""
    with connection.cursor() as cursor:
        # FOR SHARE, which the ORM does not offer: workers need not wait for each other, only a deployment waits.
        cursor.execute(
            "SELECT id FROM models_registry_detector WHERE project_id = %s ORDER BY id FOR SHARE", [project.pk]
        )
    return champion_of(project)


@transaction.atomic
def deploy(version: ModelVersion, *, by: User | None, reason: str = "", now: datetime) -> Deployment:
    """Make a version the champion. There is no other way in: it must have passed the gate.

    Raises DeploymentRefused. Two deployments at once happen one after the other; the second is measured against the
    first, and refused as outdated.
    """
    lock(version.detector.project)
    detector = lock(version.detector)
    current = champion(detector)
    if current == version:
        raise DeploymentRefused("already_champion", f"{version} is the champion already.")
    _refuse_second_detector(detector)
    refuse_unfit(version, current)
    return _put_in_force(version, by=by, reason=reason, is_roll_back=False, now=now)


@transaction.atomic
def roll_back(detector: Detector, *, by: User | None, reason: str = "", now: datetime) -> Deployment:
    """Return to the version that was champion before this one. Raises DeploymentRefused where there was none.

    It passed the gate in its time, so it is not measured against the version it replaces. Doing it again goes one
    further back, never forward to a version that was left behind.
    """
    detector = lock(detector)
    before = _before_the_champion(detector)
    if before is None:
        raise DeploymentRefused("nothing_to_roll_back_to", "No other version was champion before.")
    return _put_in_force(before, by=by, reason=reason, is_roll_back=True, now=now)


def _before_the_champion(detector: Detector) -> ModelVersion | None:
    """Replay the detector's deployments as a stack: deploying lays a version on top, rolling back takes one off."""
    stack: list[ModelVersion] = []
    for one in Deployment.objects.filter(detector=detector).select_related("model_version").order_by("id"):
        if one.is_roll_back:
            stack.pop()
        else:
            stack.append(one.model_version)
    return stack[-2] if len(stack) > 1 else None


def waive(scorecard: Scorecard, *, by: User, reason: str, now: datetime) -> Waiver:
    """Take responsibility for a scorecard that says NOT ENOUGH DATA. A failed check cannot be waived.

    Raises DeploymentRefused; of two people at once, the second is told who was first.
    """
    if scorecard.outcome != GateOutcome.NOT_ENOUGH_DATA:
        raise DeploymentRefused("waiver_refused", "Only a scorecard that says NOT ENOUGH DATA can be waived.")
    if not reason.strip():
        raise DeploymentRefused("waiver_refused", "A waiver needs a reason.")
    waiver, is_new = Waiver.objects.get_or_create(
        scorecard=scorecard, defaults={"person": by, "reason": reason.strip(), "created_at": now}
    )
    if not is_new:
        raise DeploymentRefused("waiver_refused", f"{waiver.person} has waived this scorecard already.")
    return waiver


def standing_scorecard(version: ModelVersion) -> Scorecard | None:
    """Return the newest scorecard of a version."""
    return version.scorecards.select_related("champion", "waiver").first()


def _refuse_second_detector(detector: Detector) -> None:
    others = Deployment.objects.filter(detector__project_id=detector.project_id, ended_at__isnull=True)
    other = others.exclude(detector=detector).select_related("detector").first()
    if other:
        raise DeploymentRefused("other_detector_decides", f"{other.detector.slug} decides for this project already.")


def refuse_unfit(version: ModelVersion, current: ModelVersion | None) -> None:
    """Raises DeploymentRefused unless a version has passed the gate against this champion, or somebody waived it."""
    card = standing_scorecard(version)
    if card is None:
        raise DeploymentRefused("gate_missing", f"{version} was never measured by the gate.")
    if card.champion != current:
        raise DeploymentRefused("gate_outdated", f"{version} was measured against another champion; measure it again.")
    if card.outcome == GateOutcome.FAIL:
        raise DeploymentRefused("gate_failed", f"{version} failed the gate: {_failures(card.checks)}")
    if card.outcome == GateOutcome.NOT_ENOUGH_DATA and not hasattr(card, "waiver"):
        raise DeploymentRefused(
            "not_enough_data", "The gate says NOT ENOUGH DATA; a person may waive it, with a reason."
        )


def _failures(checks: Iterable[dict[str, str]]) -> str:
    return " ".join(one["sentence"] for one in checks if one["outcome"] == GateOutcome.FAIL)


def _put_in_force(
    version: ModelVersion,
    *,
    by: User | None,
    reason: str,
    is_roll_back: bool,
    now: datetime,
) -> Deployment:
    for one in Deployment.objects.filter(detector_id=version.detector_id, ended_at__isnull=True):
        one.end(now=now)
    return Deployment.objects.create(
        detector_id=version.detector_id,
        model_version=version,
        is_roll_back=is_roll_back,
        reason=reason,
        started_at=now,
        started_by=by,
    )
