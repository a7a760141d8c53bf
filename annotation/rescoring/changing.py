"""This will request, pause, resume and cancel a re-scoring; the row is the truth, whatever its worker still does."""

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from annotation.models import Image, Rescoring, RescoringEventKind, RescoringStatus
from annotation.rescoring.scope import Scope
from config.accounts.models import User
from models_registry.models import ModelVersion

_WAITS = (RescoringStatus.REQUESTED, RescoringStatus.RUNNING)
_IN_FLIGHT = (*_WAITS, RescoringStatus.PAUSED)


class RescoringRefused(Exception):
    """It cannot be; ``code`` says why: rescoring_in_flight, no_images, bad_scope, not_under_way, not_stopped,
    rescoring_over."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def request(version: ModelVersion, scope: Scope, *, by: User, now: datetime) -> Rescoring:
    """Have a version run over the images there are now. Raises RescoringRefused.

    Of two requests for one version at once, one is refused.
    """
    _check(scope)
    project = version.detector.project
    newest = Image.objects.filter(project=project).aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        raise RescoringRefused("no_images", "There are no images yet.")
    try:
        with transaction.atomic():
            made = Rescoring.objects.create(
                project=project,
                model_version=version,
                received_from=scope.received_from,
                received_until=scope.received_until,
                share=scope.share,
                until_image_id=newest,
                requested_at=now,
                requested_by=by,
            )
            made.note(RescoringEventKind.REQUESTED, by=by, at=now)
    except IntegrityError:
        raise RescoringRefused("rescoring_in_flight", f"History is being re-scored with {version} already.") from None
    return made


def _check(scope: Scope) -> None:
    if not 0 < scope.share <= 1:
        raise RescoringRefused("bad_scope", "The share of the images lies above 0 and is at most 1.")
    if scope.received_from and scope.received_until and scope.received_from > scope.received_until:
        raise RescoringRefused("bad_scope", "The first day lies after the last one.")


def pause(rescoring: Rescoring, *, by: User, now: datetime) -> Rescoring:
    """Have it stop where it is; the chunk under way is dropped. Raises RescoringRefused unless it waits or runs."""
    return _change(
        rescoring, _WAITS, RescoringStatus.PAUSED, RescoringEventKind.PAUSED, by=by, now=now, code="not_under_way"
    )


def resume(rescoring: Rescoring, *, by: User, now: datetime) -> Rescoring:
    """Let it go on from where it stopped. Raises RescoringRefused unless it was paused or has failed."""
    stopped = (RescoringStatus.PAUSED, RescoringStatus.FAILED)
    try:
        return _change(
            rescoring,
            stopped,
            RescoringStatus.REQUESTED,
            RescoringEventKind.RESUMED,
            by=by,
            now=now,
            code="not_stopped",
        )
    except IntegrityError:
        raise RescoringRefused(
            "rescoring_in_flight", f"History is being re-scored with {rescoring.model_version} again already."
        ) from None


def cancel(rescoring: Rescoring, *, by: User, now: datetime) -> Rescoring:
    """End it for good; what was scored is kept. Raises RescoringRefused where it is over."""
    fitting = (*_IN_FLIGHT, RescoringStatus.FAILED)
    return _change(
        rescoring, fitting, RescoringStatus.CANCELED, RescoringEventKind.CANCELED, by=by, now=now, code="rescoring_over"
    )


@transaction.atomic
def _change(
    rescoring: Rescoring,
    among: Collection[RescoringStatus],
    to: RescoringStatus,
    kind: RescoringEventKind,
    *,
    by: User,
    now: datetime,
    code: str,
) -> Rescoring:
    """Move it, and take it from its worker. Of two callers at once, or a caller and the worker that ends, one wins."""
    over = now if to == RescoringStatus.CANCELED else None
    held = Rescoring.objects.filter(pk=rescoring.pk, status__in=among)
    if not held.update(status=to, token=None, silences=0, error="", finished_at=over):
        rescoring.refresh_from_db()
        raise RescoringRefused(code, f"This re-scoring is {rescoring.status}, so that cannot be done.")
    rescoring.note(kind, by=by, at=now)
    rescoring.refresh_from_db()
    return rescoring
