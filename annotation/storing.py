"""This will write down what an answer changes: seat and label in one statement, end and truth in another."""

import uuid
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from psycopg.types.json import Jsonb

from annotation import blindness
from annotation.consensus import Answer
from annotation.models import Job, JobStatus, Label, Question, QuestionStatus, Truth, TruthSource
from config.compiled import CompiledInsert, rows

# Only the holder of the seat gets past the first line: the job is looked at and taken in one step, after the question
# was locked. The other answers are those from before this one.
_LABEL = f"""
    WITH seat AS (
        UPDATE annotation_job job SET status = 'answered'
        WHERE job.id = %(job)s AND job.person_id = %(person)s AND job.lease_token = %(token)s
          AND job.status = 'leased' AND job.lease_until > %(now)s
          AND NOT EXISTS (SELECT 1 FROM annotation_exclusion x
                          WHERE x.question_id = job.question_id AND x.person_id = %(person)s)
        RETURNING job.id),
    kept_apart AS ({blindness.KEEP}),
    written AS (
        INSERT INTO annotation_label (job_id, question_id, person_id, classes, regions, is_unsure, note, reason,
            batch_id, suggestion, is_suggestion_accepted, seconds, looked_seconds, created_at)
        SELECT seat.id, %(question)s, %(person)s, %(classes)s::varchar[], %(regions)s, %(is_unsure)s, %(note)s,
            %(reason)s, %(batch_id)s::uuid, %(suggestion)s::jsonb, %(is_suggestion_accepted)s::boolean, %(seconds)s,
            %(looked_seconds)s::float8, %(now)s
        FROM seat RETURNING id)
    SELECT written.id, (
        SELECT json_agg(json_build_array(other.person_id, other.classes, other.is_unsure) ORDER BY other.id)
        FROM annotation_label other
        WHERE other.question_id = %(question)s
          AND NOT EXISTS (SELECT 1 FROM annotation_retraction r WHERE r.label_id = other.id))
    FROM written
"""  # nosec B608
_TRUTH = CompiledInsert(
    Truth,
    along="""
    closed AS (
        UPDATE annotation_job
        SET status = 'closed', person_id = NULL, lease_token = NULL, lease_until = NULL, leased_at = NULL
        WHERE question_id = %(question_id)s AND status IN ('waiting', 'leased')),
    settled AS (
        UPDATE annotation_question SET status = 'settled', finished_at = %(settled_at)s WHERE id = %(question_id)s)
    """,
)


def label(job: Job, new: Label, *, token: uuid.UUID, now: datetime) -> list[Answer] | None:
    """Write the label of a seat, and keep its person from the blind questions of the image.

    Returns the standing answers to the question from before it, oldest first; None where the token no longer holds the
    job. The caller holds the question's row, and undoes it all where None comes back.
    """
    found = rows(_LABEL, _facts(job, new) | {"token": token, "now": now})
    if not found:
        return None
    [[new.pk, earlier]] = found
    new._state.adding, new._state.db = False, DEFAULT_DB_ALIAS
    job.status = JobStatus.ANSWERED
    return [Answer(person, frozenset(classes), unsure) for person, classes, unsure in earlier or []]


def _facts(job: Job, new: Label) -> dict[str, Any]:
    return {
        "job": job.pk,
        "question": job.question_id,
        "image": job.question.image_id,
        "person": new.person_id,
        "classes": new.classes,
        "regions": Jsonb(new.regions),
        "is_unsure": new.is_unsure,
        "note": new.note,
        "reason": new.reason,
        "batch_id": new.batch_id,
        "suggestion": None if new.suggestion is None else Jsonb(new.suggestion),
        "is_suggestion_accepted": new.is_suggestion_accepted,
        "seconds": new.seconds,
        "looked_seconds": new.looked_seconds,
    }


def truth(question: Question, *, now: datetime, **facts: Any) -> Truth:
    """End a question with what is true of its image; seats that nobody has answered are closed.

    The caller holds the question's row.
    """
    question.status, question.finished_at = QuestionStatus.SETTLED, now
    return _TRUTH(
        project_id=question.project_id,
        image_id=question.image_id,
        schema_id=question.schema_id,
        question=question,
        source=TruthSource.QUESTION,
        purpose=question.purpose,
        stratum=question.stratum,
        inclusion_probability=question.inclusion_probability,
        settled_at=now,
        **facts,
    )
