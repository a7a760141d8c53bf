"""This will put standing alerts on every page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from config.accounts.models import User
from moderation.go_no_go import alerts as standing
from moderation.go_no_go import wording
from moderation.rollouts import alerts as of_models
from moderation.rollouts import wording as of_models_wording


def alerts(request: HttpRequest) -> dict[str, Callable[[], list[dict[str, Any]]]]:
    """Return the alerts that nobody has acknowledged, to be read by the page that shows them and by no other."""
    user = getattr(request, "user", None)
    is_known = isinstance(user, User)
    return {
        "standing_alerts": lambda: _worded(user) if is_known else [],  # type: ignore[arg-type]
        "model_alerts": lambda: _of_models(user) if is_known else [],  # type: ignore[arg-type]
    }


def _worded(user: User) -> list[dict[str, Any]]:
    found = standing.standing(user)
    # Nearly always there is none, and then nobody need know who may acknowledge it.
    mine = standing.answered_for_by(user) if found else set()
    return [{"alert": one, "what": wording.of_alert(one), "may_acknowledge": one.project_id in mine} for one in found]


def _of_models(user: User) -> list[dict[str, Any]]:
    """Alerts about model versions are for those who answer for them; nobody else can open what they link to."""
    found = of_models.standing(user)
    mine = of_models.answered_for_by(user) if found else set()
    return [{"alert": one, **of_models_wording.of_alert(one)} for one in found if one.project_id in mine]
