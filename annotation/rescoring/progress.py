"""This will say how far a re-scoring is, how fast it goes and how long it will take."""

from dataclasses import dataclass

from annotation.models import Rescoring, RescoringStatus

# Before so many images, a rate would be that of loading the model.
_FEWEST = 64


@dataclass(frozen=True)
class Progress:
    """``percent`` in [0, 100]; ``rate`` in images per second of work; ``seconds_left`` at the share it is given, if
    nothing goes before it. None where nobody knows yet."""

    percent: float | None
    rate: float | None
    seconds_left: float | None


def seconds_an_image(rescoring: Rescoring) -> float | None:
    """Return how long an image takes a worker; None before there is anything to tell."""
    looked_at = rescoring.scored + rescoring.unscored
    return rescoring.worked_seconds / looked_at if looked_at >= _FEWEST else None


def progress(rescoring: Rescoring, *, share: float) -> Progress:
    """Say how far it is; ``share`` in (0, 1] is what it is given of a worker's time."""
    each = seconds_an_image(rescoring)
    if rescoring.status == RescoringStatus.DONE:
        percent: float | None = 100.0
    else:
        percent = 100 * rescoring.done / rescoring.images if rescoring.images else None
    left = max(0, (rescoring.images or 0) - rescoring.done)
    is_under_way = rescoring.status in (RescoringStatus.REQUESTED, RescoringStatus.RUNNING)
    return Progress(
        percent=None if percent is None else min(100.0, percent),
        rate=1 / each if each else None,
        seconds_left=left * each / share if each and rescoring.images and is_under_way else None,
    )
