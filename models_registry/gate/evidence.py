"""This will hold what the gate looks at beside the reports. Pure; plain values that others have measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """What was found about a candidate's data, and about candidate and champion side by side.

    ``data_checks`` are the findings of the data checks, each with ``waived``, the reason why it was let pass, or "";
    ``comparison`` is what ``ml.comparing.compare`` returns; ``latency`` is what ``ml.timing.side_by_side`` returns,
    one image on one machine; the last three are None without a champion.
    """

    data_checks: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    comparison: Mapping[str, Any] | None = None
    champion_age_days: float | None = None
    latency: Mapping[str, float] | None = None
