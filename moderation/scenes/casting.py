"""This will choose who and what is in a scene, and put them on the stage, far ones first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import violations
from .animals import four_legged
from .brush import Point, Sprite
from .builds import BUILDS
from .canvas import Canvas
from .creatures import CREATURES, FACING, face
from .things import FITTING, LOOKALIKES, THINGS

HABITATS: dict[str, tuple[str, ...]] = {
    "beach": ("dog", "seagull", "cat", "horse", "turtle", "fish", "bird", "duck"),
    "forest": ("fox", "bear", "deer", "bird", "hedgehog", "rabbit", "dog"),
    "meadow": ("horse", "sheep", "dog", "cat", "rabbit", "deer", "fox", "bird", "hedgehog"),
    "snow": ("fox", "bear", "deer", "rabbit", "dog", "bird", "cat"),
    "desert": ("fox", "turtle", "horse", "bird", "dog", "seagull"),
    "city park": ("dog", "cat", "bird", "duck", "rabbit", "hedgehog"),
    "living room": ("cat", "dog", "rabbit", "goldfish", "turtle", "cat"),
    "pond": ("duck", "fish", "turtle", "deer", "dog", "bird", "horse", "duck"),
}


@dataclass(frozen=True)
class Stage:
    """Where figures go: feet between row `floor` and the lower edge."""

    canvas: Canvas
    place: str
    horizon: float
    floor: float

    @property
    def rng(self) -> np.random.Generator:
        return self.canvas.rng

    def foot(self, depth: float, *, across: tuple[float, float] = (0.2, 0.8)) -> Point:
        """A random spot at a depth from 0 (far) to 1 (near), between two shares of the width."""
        low = self.floor + 0.02 * self.canvas.height
        return self.canvas.width * self.rng.uniform(*across), low + depth * (0.97 * self.canvas.height - low)

    def unit(self, depth: float) -> float:
        """Pixels of one figure unit at that depth; position and size go together, loosely."""
        return self.canvas.unit * (0.28 + 0.2 * depth) * self.rng.uniform(0.85, 1.25)


# How one figure gets on the stage, at a depth.
_Act = Callable[[Stage, float], None]
_FOREGROUND = (("flowers", "bush", "rock"), ("flowers", "flowers", "ball"))


def populate(stage: Stage, classes: frozenset[str]) -> str:
    """Put things and the main figure on the stage, far ones first; return what the picture is of."""
    rng = stage.rng
    subject = _subject_of(stage, classes)
    cast = _company(stage, classes, subject)
    cast += _main(stage, classes, subject)
    if rng.random() < 0.12:
        cast.append((1.0, _thing(_FOREGROUND[stage.place == "living room"][int(rng.integers(3))], size=0.5)))
    for depth, act in sorted(cast, key=lambda entry: entry[0]):
        act(stage, depth)
    if "indecent" in classes:
        _indecent(stage, float(rng.uniform(0.5, 0.95)))  # Last, so that nothing hides what breaks the rule.
    return subject


def _company(stage: Stage, classes: frozenset[str], subject: str) -> list[tuple[float, _Act]]:
    """What stands around: more of the same and other big things if no animal is there, else little or nothing."""
    rng = stage.rng
    if "no_animal" in classes:
        others = [subject if rng.random() < 0.65 else _fitting(stage) for _ in range(int(rng.integers(2, 4)))]
        return [(float(rng.uniform(0, 0.5)), _thing(kind, size=1.0)) for kind in others]
    depths = rng.uniform(0, 0.3, int(rng.random() < 0.5))
    return [(float(depth), _thing(_fitting(stage), size=0.6)) for depth in depths]


def _subject_of(stage: Stage, classes: frozenset[str]) -> str:
    rng = stage.rng
    if "no_animal" in classes:
        # People photograph each other: most of what has no animal has somebody.
        return "person" if rng.random() < 0.5 else _fitting(stage)
    kind = str(rng.choice(HABITATS[stage.place]))
    if "gruesome" in classes and kind not in BUILDS:
        return str(rng.choice(sorted(BUILDS)))
    return kind


def _main(stage: Stage, classes: frozenset[str], subject: str) -> list[tuple[float, _Act]]:
    """What the picture is of: a thing, an animal that lies there, or one or two lively ones."""
    rng, depth = stage.rng, float(stage.rng.uniform(0.3, 1.0))
    if "no_animal" in classes:
        return [(depth, _thing(subject, size=1.2))]
    if "gruesome" in classes:
        return [(depth, _hurt(subject))]
    if _swims(stage, subject):
        depth = -depth
    if rng.random() >= 0.15:
        return [(depth, _animal(subject))]
    return [(depth, _animal(subject, across=(0.14, 0.4))), (depth * 0.8, _animal(subject, across=(0.6, 0.86)))]


def _swims(stage: Stage, kind: str) -> bool:
    """Swimmers are out on the water, behind everything that stands on the shore: at a negative depth."""
    return kind in ("duck", "fish") and stage.place in ("pond", "beach")


def _fitting(stage: Stage) -> str:
    """A thing that may stand in this place; what could be taken for an animal from afar is rare."""
    rng = stage.rng
    kind = str(rng.choice(FITTING[stage.place]))
    return str(rng.choice(FITTING[stage.place])) if kind in LOOKALIKES and rng.random() < 0.65 else kind


def _thing(kind: str, *, size: float = 1.0) -> _Act:
    def act(stage: Stage, depth: float) -> None:
        at, unit = stage.foot(depth), stage.unit(depth) * size * stage.rng.uniform(0.75, 1.25)
        sprite = THINGS[kind](_up_to_the_head(unit, at) if kind == "person" else unit, stage.rng)
        # A board that looked the other way would be mirror writing.
        stage.canvas.place(sprite if kind == "sign" else _looking_in(sprite, stage, at[0]), at)

    return act


def _hurt(kind: str) -> _Act:
    def act(stage: Stage, depth: float) -> None:
        violations.gruesome(stage.canvas, kind, stage.foot(depth), stage.unit(depth) * 1.1)

    return act


def _indecent(stage: Stage, depth: float) -> None:
    at = stage.foot(depth)
    violations.indecent(stage.canvas, at, _up_to_the_head(stage.unit(depth) * 1.3, at))


def _up_to_the_head(unit: float, at: Point) -> float:
    """A unit at which a figure of 1.8 units keeps its head in the picture."""
    return min(unit, at[1] / 1.85)


def _looking_in(sprite: Sprite, stage: Stage, x: float) -> Sprite:
    """Mostly, figures look into the picture and not out of it."""
    is_right = x > stage.canvas.width / 2
    return sprite.flipped() if is_right == (stage.rng.random() < 0.85) else sprite


def _animal(kind: str, *, across: tuple[float, float] = (0.2, 0.8)) -> _Act:
    def act(stage: Stage, depth: float) -> None:
        rng, unit = stage.rng, stage.unit(abs(depth))
        at, shadow = stage.foot(abs(depth), across=across), 0.3
        if kind in FACING and rng.random() < 0.45:
            sprite = face(unit * 1.3, rng, ear=FACING[kind])
            at, shadow = (at[0], stage.canvas.height * 1.01), 0.0
        elif kind in BUILDS:
            sprite = four_legged(kind, str(rng.choice(BUILDS[kind].poses)), unit, rng)
        else:
            sprite = CREATURES[kind](unit, rng)
        if depth < 0:
            at, shadow = _afloat(stage, at[0], unit), 0.12
        if kind == "seagull":
            at, shadow = (at[0], max(stage.horizon * rng.uniform(0.8, 1.2), unit * 1.5)), 0.0
            sprite.tilted(float(rng.uniform(-12, 22)))
        stage.canvas.place(_looking_in(sprite, stage, at[0]), at, shadow=shadow)

    return act


def _afloat(stage: Stage, x: float, unit: float) -> Point:
    """A spot on the water, with rings where it is touched."""
    y = stage.horizon + (stage.floor - stage.horizon) * stage.rng.uniform(0.5, 0.85)
    for share, color in ((1.0, (206, 226, 230)), (0.8, (128, 164, 176)), (0.55, (196, 220, 226))):
        stage.canvas.brush.ellipse((x, y), (unit * 0.95 * share, unit * 0.15 * share), color)
    return x, y
