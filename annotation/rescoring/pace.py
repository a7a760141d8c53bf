"""This will keep re-scoring to its share of a worker's time. Pure bookkeeping: it is told the time."""


class Pace:
    """Work that took t seconds is followed by t (1 / share − 1) without any: so its share of the time is ``share``.

    One for each process. Times are seconds of any clock that only goes forward; ``share`` lies in (0, 1].
    """

    def __init__(self, share: float) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"A share lies above 0 and is at most 1, not {share}.")
        self.share = share
        self._rests_until: float | None = None

    def worked(self, seconds: float, *, until: float) -> None:
        """Take note of work that took ``seconds`` and ended at ``until``."""
        self._rests_until = until + seconds * (1 / self.share - 1)

    def rest(self, *, at: float) -> float:
        """Return for how many more seconds nothing may start; 0 where it may start now."""
        return 0.0 if self._rests_until is None else max(0.0, self._rests_until - at)
