"""This will say how much of a post a person may see, so that nobody is led before they answer.

Engineers, managers and admins see everything. Moderators answer questions about posts, so to them

* scores, verdicts, draws and model versions are not shown, and cannot be filtered by: the desk reveals them after the
  answer;
* of a post whose image they could still be asked about, they see what the desk shows as well: picture, title,
  description, attributes, external id. Status, publication, poster, decisions and answers are hidden, and a filter
  by one of those leaves such posts out, or the filter would tell.

Annotators do not search. Clients see everything about their own posts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F

from annotation import queue
from annotation.models import Question, QuestionStatus
from config.accounts.models import Membership, Role, User
from config.compiled import Among, Compiled, Given

READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
SEARCHERS = READERS | {Role.MODERATOR}
# Who may act on many posts at once.
ACTORS = frozenset({Role.MANAGER, Role.ADMIN})

_OPEN = Compiled(
    lambda: Question.objects.filter(
        Among(F("image_id"), Given("images")), Among(F("desk"), Given("desks")), status=QuestionStatus.OPEN
    ).only("image")
)


@dataclass(frozen=True)
class Sight:
    """What somebody sees: everything, or not what people at these desks could still be asked about."""

    is_whole: bool = True
    desks: frozenset[str] = frozenset()

    def hidden(self, image_ids: Iterable[int]) -> set[int]:
        """Return which of these images have an open question that this person could be asked. One query at most."""
        if self.is_whole:
            return set()
        asked = _OPEN.all(images=list(image_ids), desks=sorted(self.desks))
        return {one.image_id for one in asked}


WHOLE = Sight()
_MEMBERSHIPS = Compiled(lambda: Membership.objects.filter(user=Given("person"), project=Given("project")))


def of_roles(roles: Iterable[Role]) -> Sight:
    """Return what somebody with these roles sees."""
    held = frozenset(roles)
    if held & READERS:
        return WHOLE
    return Sight(is_whole=False, desks=frozenset(str(desk) for desk in queue.desks_of(held)))


def of(person: User, *, project_id: int) -> Sight:
    """Return what somebody sees of a project, by the roles they hold there and nowhere else."""
    held = _MEMBERSHIPS.all(person=person.pk, project=project_id)
    return of_roles(Role(one.role) for one in held)
