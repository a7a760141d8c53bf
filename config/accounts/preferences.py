"""This will keep what each person chose for their screens: language, theme, relief from what they see, grid, budgets.

Nothing is guessed: a key or value that is not known is refused, and then nothing has changed. Two changes at once are
made one after the other, so that neither loses what the other set.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from config.accounts.models import Preferences, Theme, User
from config.compiled import Compiled, Given

ALWAYS, NEVER = "always", "never"
# How a person is spared: the image is blurred, loses its color, or has its color muted, until a key is held.
RELIEFS = ("blur", "greyscale", "mute")
LEAST_GRID, MOST_GRID = 12, 60
MOST_BUDGET = 100_000
MOST_CLASSES = 50
MOST_LETTERS = 50

_OF = Compiled(lambda: Preferences.objects.filter(person=Given("person")))


class PreferenceRefused(ValueError):
    """A preference is not known (``unknown_preference``) or cannot have this value (``bad_preference``)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def of(person: User) -> Preferences:
    """Return what a person chose; the defaults, unsaved, where they chose nothing yet."""
    return _OF.first(person=person.pk) or Preferences(person=person)


def to_json(chosen: Preferences) -> dict[str, Any]:
    """Return preferences as the API gives and takes them, every key there."""
    return {
        "language": chosen.language,
        "theme": chosen.theme,
        "wellness": {relief: chosen.wellness.get(relief, NEVER) for relief in RELIEFS},
        "grid_size": chosen.grid_size,
        "exposure_budget": dict(chosen.exposure_budget),
    }


def reliefs(chosen: Mapping[str, Any], classes: Iterable[str]) -> str:
    """Return the style classes that spare a person an image of these classes; ``chosen`` is their ``wellness``."""
    seen = set(classes)
    kinds = (kind for kind, when in chosen.items() if (seen & set(when) if isinstance(when, list) else when == ALWAYS))
    return " ".join(f"relief-{kind}" for kind in kinds)


@transaction.atomic
def change(person: User, said: Any, *, now: datetime) -> Preferences:
    """Change the named preferences and leave the others; ``said`` is an object as ``to_json`` returns it.

    Within ``wellness`` and ``exposure_budget`` only what is named changes; a budget of null is taken away. Raises
    PreferenceRefused.
    """
    said = _object(said, place="The preferences")
    for key in set(said) - set(_CHANGES):
        raise PreferenceRefused("unknown_preference", f"There is no preference {str(key)[:MOST_LETTERS]!r}.")
    Preferences.objects.get_or_create(person=person, defaults={"changed_at": now})
    chosen = Preferences.objects.select_for_update(no_key=True).get(person=person)
    for key, value in said.items():
        _CHANGES[key](chosen, value)
    chosen.changed_at = now
    chosen.save(update_fields=[*_CHANGES, "changed_at"])
    return chosen


def _language(chosen: Preferences, value: Any) -> None:
    chosen.language = _one_of(value, ("", *dict(settings.LANGUAGES)), place="language")


def _theme(chosen: Preferences, value: Any) -> None:
    chosen.theme = _one_of(value, ("", *Theme.values), place="theme")


def _grid_size(chosen: Preferences, value: Any) -> None:
    chosen.grid_size = _number(value, low=LEAST_GRID, high=MOST_GRID, place="grid_size")


def _wellness(chosen: Preferences, value: Any) -> None:
    for relief, when in _object(value, place="wellness").items():
        if relief not in RELIEFS:
            raise PreferenceRefused("unknown_preference", f"wellness holds only {', '.join(RELIEFS)}.")
        chosen.wellness[relief] = _when(when, place=f"wellness.{relief}")


def _when(value: Any, *, place: str) -> str | list[str]:
    """Read when a relief applies: always, never, or for the named classes."""
    if isinstance(value, list) and len(value) <= MOST_CLASSES and all(map(_is_class_key, value)):
        return sorted(set(value))
    return _one_of(value, (ALWAYS, NEVER), place=place, also=" or a list of classes")


def _exposure_budget(chosen: Preferences, value: Any) -> None:
    for key, budget in _object(value, place="exposure_budget").items():
        if not _is_class_key(key):
            raise PreferenceRefused("bad_preference", "exposure_budget names classes by their keys.")
        if budget is None:
            chosen.exposure_budget.pop(key, None)
        else:
            chosen.exposure_budget[key] = _number(budget, low=0, high=MOST_BUDGET, place=f"exposure_budget.{key}")
    if len(chosen.exposure_budget) > MOST_CLASSES:
        raise PreferenceRefused("bad_preference", f"exposure_budget holds at most {MOST_CLASSES} classes.")


_CHANGES: dict[str, Callable[[Preferences, Any], None]] = {
    "language": _language,
    "theme": _theme,
    "wellness": _wellness,
    "grid_size": _grid_size,
    "exposure_budget": _exposure_budget,
}


def _object(value: Any, *, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PreferenceRefused("bad_preference", f"{place} should be an object.")
    return value


def _one_of(value: Any, allowed: tuple[str, ...], *, place: str, also: str = "") -> str:
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(repr(one) for one in allowed)
        raise PreferenceRefused("bad_preference", f"{place} should be one of {listed}{also}.")
    return value


def _number(value: Any, *, low: int, high: int, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise PreferenceRefused("bad_preference", f"{place} should be a whole number from {low} to {high}.")
    return value


def _is_class_key(value: Any) -> bool:
    """Say whether this can be the key of a class; people work in several projects, so it need not be one here."""
    return isinstance(value, str) and 0 < len(value) <= MOST_LETTERS and value.isprintable()
