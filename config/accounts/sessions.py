"""This will find who is signed in: a session, and its person with all that they have a part in, a statement each.

Every page and every request of a desk asks this first. All else of sessions and of signing in is Django's.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import FilteredRelation
from django.utils import timezone

from config.accounts.models import User
from config.compiled import Compiled, Given

_SESSIONS = Compiled(lambda: Session.objects.filter(session_key=Given("key"), expire_date__gt=Given("now")))
# A row for each membership, or one where there is none.
_PEOPLE = Compiled(
    lambda: (
        User.objects.alias(membership=FilteredRelation("memberships"))
        .select_related("membership__project")  # type: ignore[misc]
        .filter(pk=Given("person"))
        .order_by("membership__project_id", "membership__id")
    )
)


class SessionStore(db.SessionStore):
    """Sessions as rows of the database."""

    def _get_session_from_db(self) -> Session | None:
        found = _SESSIONS.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found


class Backend(ModelBackend):
    """Recognizes people by name and password, and by their session."""

    def get_user(self, user_id: int) -> User | None:
        """Return the person, with what they hold, or None where they may not come in any more."""
        rows: list[Any] = _PEOPLE.all(person=user_id)
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        person: User = rows[0]
        person.held = [row.membership for row in rows if hasattr(row, "membership")]
        return person
