"""This will keep blind questions blind: who judged an image, or read what others say of it, is not asked them.

Blind are audits, second looks, gold items, and the questions that confirm what one person said of a hold-out image:
their answers are counted, so they must not come from somebody who was led. Whoever answers any other question of the
image may have been shown scores, and decisions on images like it; whoever reads a complaint or an appeal knows what
others say of it.

A seat that is held, and not yet answered, is lost with that; one whose answer is stored stays. Where nobody is left who
may sit, the question waits past its due time and is counted as overdue at its desk: it takes more people, for nothing
settles a blind question with fewer answers than it asks for.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from annotation.models import Desk, Purpose, Question
from config.accounts.models import User
from config.compiled import rows

TELLING = frozenset({Desk.COMPLAINT, Desk.APPEAL})
BLIND = frozenset({Purpose.AUDIT, Purpose.SECOND_LOOK, Purpose.GOLD})
REASON = "judged this image, or read what others say of it"
# What is put into these statements are constants of the code; whatever comes from outside is a parameter.
_PURPOSES = ", ".join(f"'{one}'" for one in sorted(BLIND))
_TELLING = ", ".join(f"'{one}'" for one in sorted(TELLING))
_OPEN_AND_BLIND = f"other.status = 'open' AND (other.purpose IN ({_PURPOSES}) OR other.confirms_id IS NOT NULL)"

# Excludes somebody from the blind questions of an image but for one, of those that they have not answered; in the order
# of their ids, as everybody writes them.
KEEP = f"""
    INSERT INTO annotation_exclusion (question_id, person_id, reason, is_skip, created_at)
    SELECT other.id, %(person)s, '{REASON}', FALSE, %(now)s
    FROM annotation_question other
    WHERE other.image_id = %(image)s AND other.id <> %(question)s AND {_OPEN_AND_BLIND}
      AND NOT EXISTS (SELECT 1 FROM annotation_job mine
                      WHERE mine.question_id = other.id AND mine.person_id = %(person)s AND mine.status = 'answered')
    ORDER BY other.id
    ON CONFLICT DO NOTHING
"""  # nosec B608
# The blind questions about images of which a person holds another question.
WITHHELD = f"""
    SELECT other.id
    FROM annotation_job held
    JOIN annotation_question asked ON asked.id = held.question_id
    JOIN annotation_question other ON other.image_id = asked.image_id
    WHERE held.person_id = %(person)s AND held.status = 'leased'
      AND asked.confirms_id IS NULL AND asked.purpose NOT IN ({_PURPOSES}) AND {_OPEN_AND_BLIND}
"""  # nosec B608
# Who answered any question about images, or left one whose case they had read: image, question, person.
_JUDGED = f"""
    SELECT asked.image_id, said.question_id, said.person_id
    FROM annotation_question asked
    JOIN annotation_label said ON said.question_id = asked.id
    WHERE asked.image_id = ANY(%(images)s)
    UNION ALL
    SELECT asked.image_id, left_one.question_id, left_one.person_id
    FROM annotation_question asked
    JOIN annotation_exclusion left_one ON left_one.question_id = asked.id
    WHERE asked.image_id = ANY(%(images)s) AND asked.desk IN ({_TELLING})
"""  # nosec B608


def is_blind(question: Question) -> bool:
    return question.purpose in BLIND or question.confirms_id is not None


def keep(question: Question, *, person: User, now: datetime) -> None:
    """Exclude somebody who answered or read this question from the open blind ones of its image.

    The caller is in the transaction of that answer. Safe to run twice.
    """
    facts: dict[str, Any] = {"person": person.pk, "image": question.image_id, "question": question.pk, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, facts)


def withheld(person: User) -> list[int]:
    """Return the blind questions about images of which this person holds another question right now.

    They are not excluded for good: who gives a complaint back unread may be asked.
    """
    return [row[0] for row in rows(WITHHELD, {"person": person.pk})]


def judges(questions: Iterable[Question]) -> dict[int, frozenset[int]]:
    """Return who answered another question of the same image, or left one whose case they had read, by the id of the
    question; one query at most.

    Somebody whose answer is being stored at this very moment may be missed.
    """
    found: dict[int, set[int]] = defaultdict(set)
    of_image: dict[int, list[int]] = defaultdict(list)
    for one in questions:
        of_image[one.image_id].append(one.pk)
    if not of_image:
        return {}
    for image, asked, person in rows(_JUDGED, {"images": list(of_image)}):
        for pk in of_image[image]:
            if pk != asked:
                found[pk].add(person)
    return {pk: frozenset(people) for pk, people in found.items()}
