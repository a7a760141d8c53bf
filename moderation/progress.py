"""This will show how far a command is: one bar at a time, on the terminal's error stream."""

from typing import Any

from tqdm import tqdm


class Bars:
    """``say`` is what rooms call with (what, done, of); a new ``what`` begins a new bar."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._what = ""

    def say(self, what: str, done: int, of: int) -> None:
        if what != self._what or self._bar is None:
            self.close()
            self._what, self._bar = what, tqdm(total=of, desc=what, leave=True, mininterval=1)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
