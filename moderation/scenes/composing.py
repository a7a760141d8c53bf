"""This will compose one scene: a place in some light, things in it, an animal or none, and what is wrong with it.

Everything comes from numpy Generators seeded by (seed, index): the same two numbers always give the same pixels,
and a scene does not depend on which others were drawn.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import light as lights
from . import violations, words
from .backgrounds import OPEN_AIR
from .canvas import Canvas
from .casting import Stage, populate
from .indoors import living_room
from .weather import fall

PLACES = {**OPEN_AIR, "living room": living_room}
_RATIOS = (4 / 3, 4 / 3, 3 / 2, 1.0, 3 / 4, 16 / 9, 2 / 3, 5 / 4)
_SHORTEST_PX, _LONGEST_PX = 320, 640


@dataclass(frozen=True)
class Scene:
    """A demo picture and the truth about it.

    `image` is RGB, 320..640 px on each side. `classes` is a subset of no_animal, gruesome, indecent, copyright;
    empty means fine. `attributes` has place, light and weather.
    """

    image: Image.Image
    classes: frozenset[str]
    title: str
    description: str
    attributes: dict[str, str]
    subject: str


def draw(index: int, *, seed: int = 0, violation_share: float = 0.3) -> Scene:
    """Draw scene number `index` (0 and up) of the set with this seed; a violation with the given probability."""
    rng = np.random.default_rng((seed, index))
    classes = violations.choose(rng, share=violation_share)
    place = str(rng.choice(sorted(PLACES)))
    light = lights.choose(rng, place=place)
    canvas = Canvas(_size(rng), light=light, rng=rng)
    horizon = canvas.height * rng.uniform(0.32, 0.56)
    stage = Stage(canvas, place, horizon, PLACES[place](canvas, horizon))
    subject = populate(stage, classes)
    if place in OPEN_AIR:
        fall(canvas)
    if "copyright" in classes:
        violations.copyright_mark(canvas)
    elif rng.random() < 0.15:
        violations.keepsake(canvas)
    image = canvas.finished(
        vignette=_vignette(rng, classes) * (0.5 if light.time == "night" else 1), grain=rng.uniform(1.5, 4.0)
    )
    title, description = words.write(rng, subject=subject, place=place, light=light)
    attributes = {"place": place, "light": light.time, "weather": light.weather if place in OPEN_AIR else "indoors"}
    return Scene(image, classes, title, description, attributes, subject)


def draw_set(n: int, *, seed: int = 0, violation_share: float = 0.3) -> Iterator[Scene]:
    """Draw scenes 0 .. n - 1, one at a time."""
    return (draw(index, seed=seed, violation_share=violation_share) for index in range(n))


def jpeg(scene: Scene) -> bytes:
    """The scene as a JPEG file without metadata; the same bytes every time with the same Pillow."""
    file = io.BytesIO()
    scene.image.save(file, "JPEG", quality=88)
    return file.getvalue()


def _size(rng: np.random.Generator) -> tuple[int, int]:
    ratio = _RATIOS[int(rng.integers(len(_RATIOS)))]
    stretch = max(ratio, 1 / ratio)
    longest = int(rng.integers(math.ceil(_SHORTEST_PX * stretch), _LONGEST_PX + 1))
    shortest = max(_SHORTEST_PX, round(longest / stretch))
    return (longest, shortest) if ratio >= 1 else (shortest, longest)


def _vignette(rng: np.random.Generator, classes: frozenset[str]) -> float:
    is_dark = rng.random() < (0.5 if "gruesome" in classes else 0.18)
    return float(rng.uniform(0.45, 0.7) if is_dark else rng.uniform(0.08, 0.3))
