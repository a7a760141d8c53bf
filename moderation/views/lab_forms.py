"""This will read from an address or a form which thresholds somebody tries."""

import math
from collections import defaultdict

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.lab.drafts import BANDS, Wanted
from moderation.lab.whatif import Mode

NEVER = "never"
REFUSALS: dict[str, Promise] = {
    "bad_mode": _("A mode is manual, assisted or automatic."),
    "bad_threshold": _("A threshold is a percentage from 0 to 100."),
}


class BadWanted(Exception):
    """What was sent is no policy; ``code`` is stable, ``detail`` says it in words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def detail(self) -> str:
        return str(REFUSALS[self.code])


def wanted_of(said: QueryDict) -> Wanted | None:
    """Return what is tried: ``mode=assisted&review-blood=30&remove-blood-never=on``; None where nothing is.

    Raises BadWanted.
    """
    if "mode" not in said:
        return None
    try:
        mode = Mode(str(said["mode"]))
    except ValueError:
        raise BadWanted("bad_mode") from None
    found: dict[str, dict[str, float | None]] = defaultdict(dict)
    for name in said:
        band, _dash, key = name.partition("-")
        if band in BANDS and not key.endswith(f"-{NEVER}"):
            found[key][band] = _percent(str(said[name]))
    for name in said:
        band, _dash, key = name.partition("-")
        if band in BANDS and key.endswith(f"-{NEVER}"):
            found[key.removesuffix(f"-{NEVER}")][band] = None
    return Wanted(mode, found)


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadWanted("bad_threshold") from None
    if not math.isfinite(value) or not 0 <= value <= 100:
        raise BadWanted("bad_threshold")
    return value
