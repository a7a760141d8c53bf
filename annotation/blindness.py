"""This will keep audits blind: whoever is handed a complaint or an appeal is not asked to audit the same image.

What viewers or a poster say would lead them. A person who sits at such an audit already keeps the seat: they were asked
before they read anything, and their answer may be on its way.
"""

from collections.abc import Sequence
from datetime import datetime

from annotation.models import Desk, Exclusion, Job, Purpose, Question, QuestionStatus
from config.accounts.models import User

TELLING = frozenset({Desk.COMPLAINT, Desk.APPEAL})
BLIND = frozenset({Purpose.AUDIT, Purpose.SECOND_LOOK})
REASON = "read a complaint or an appeal"


def keep(jobs: Sequence[Job], *, person: User, now: datetime) -> None:
    """Exclude this person from the open audits of images whose complaints or appeals they have just claimed."""
    told = {job.question.image_id for job in jobs if job.desk in TELLING}
    if not told:
        return
    audits = Question.objects.filter(image__in=told, purpose__in=BLIND, status=QuestionStatus.OPEN)
    # In the order of their ids, as everybody writes them.
    ids = audits.exclude(jobs__person=person).order_by("id").values_list("pk", flat=True)
    Exclusion.objects.bulk_create(
        [Exclusion(question_id=pk, person=person, reason=REASON, created_at=now) for pk in ids], ignore_conflicts=True
    )
