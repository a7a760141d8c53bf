"""How well moderation goes, from the rows of ordinary work: sums of days, evidence, figures with their intervals."""

from moderation.measurement.periods import WHOLE, Part, PartKind, Period

__all__ = ["WHOLE", "Part", "PartKind", "Period"]
