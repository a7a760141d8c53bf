"""This will deal images to history and days, none of them twice."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annotation.exchange import Source


class NotEnoughImages(ValueError):
    """The source holds fewer images than the season needs; the message says of which kind."""


@dataclass(frozen=True)
class Picture:
    """An image with its secret: whether it violates."""

    name: str
    data: bytes
    violates: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


# Whether each image violates, by its name in the source.
Dealt = dict[str, bool]


class Pool:
    """Shuffled images of both kinds. ``answers`` remembers, by sha256, the truth of what was read."""

    def __init__(self, path: Path, *, violations: frozenset[str], seed: int) -> None:
        self.source = Source.open(path)
        folders = {self.source.folder_of(name) for name in self.source.names}
        if not violations <= folders:
            raise NotEnoughImages(f"{path} has no folder {', '.join(sorted(violations - folders))}.")
        self._chance = random.Random(seed)
        names = {True: [], False: []}  # type: dict[bool, list[str]]
        for name in self.source.names:
            names[self.source.folder_of(name) in violations].append(name)
        for one in names.values():
            self._chance.shuffle(one)
        self._left = names
        self.answers: dict[str, bool] = {}

    def deal(self, *, n_violations: int, n_fine: int) -> Dealt:
        """Take so many of each kind out of the pool, in random order. Raises NotEnoughImages."""
        taken = [(name, True) for name in self._take(True, n_violations)]
        taken += [(name, False) for name in self._take(False, n_fine)]
        self._chance.shuffle(taken)
        return dict(taken)

    def deal_day(self, posts: int, *, prevalence: float) -> Dealt:
        """Take a day's posts; each violates with the given probability. Raises NotEnoughImages."""
        n_violations = sum(self._chance.random() < prevalence for _ in range(posts))
        return self.deal(n_violations=n_violations, n_fine=posts - n_violations)

    def read(self, dealt: Dealt) -> Iterator[Picture]:
        """Read what was dealt, in its order."""
        for name, data in self.source.read(dealt):
            picture = Picture(name=name, data=data, violates=dealt[name])
            self.answers[picture.sha256] = picture.violates
            yield picture

    def _take(self, violates: bool, n: int) -> list[str]:
        left = self._left[violates]
        if len(left) < n:
            kind = "violations" if violates else "fine images"
            raise NotEnoughImages(f"{n} more {kind} are needed, and {len(left)} are left.")
        taken, self._left[violates] = left[:n], left[n:]
        return taken
