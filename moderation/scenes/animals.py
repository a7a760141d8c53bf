"""This will draw four-legged animals from one skeleton: builds make the species, poses make the picture.

Units: the trunk is one unit long, the ground is y = 0, and everybody looks to the right.
"""

import math
from dataclasses import dataclass

import numpy as np

from .brush import INK, WHITE, Brush, Color, Point, Sprite, mix, scaled, varied
from .builds import BUILDS, Build


@dataclass
class _Figure:
    """One animal while it is drawn."""

    sprite: Sprite
    build: Build
    fur: Color
    pale: Color
    rng: np.random.Generator
    is_asleep: bool = False

    @property
    def body(self) -> Brush:
        return self.sprite.body

    @property
    def marking(self) -> Brush:
        return self.sprite.marking


def four_legged(kind: str, pose: str, unit: float, rng: np.random.Generator) -> Sprite:
    """An animal of `unit` pixels of trunk in a pose of its build, or "fallen" (on its side, eyes shut)."""
    build = BUILDS[kind]
    fur, pale = build.coats[int(rng.integers(len(build.coats)))]
    sprite = Sprite(unit, width=4.2, height=2.9)
    asleep = pose == "fallen" or (pose == "resting" and rng.random() < 0.4)
    figure = _Figure(sprite, build, varied(fur, rng), varied(pale, rng, 6), rng, asleep)
    if pose == "sitting":
        _sitting(figure)
    elif pose in ("resting", "fallen"):
        _lying(figure, fallen=pose == "fallen")
    else:
        _upright(figure, pose)
    return sprite


def _upright(figure: _Figure, pose: str) -> None:
    build, rng = figure.build, figure.rng
    stride = 0.02 if pose == "standing" else rng.uniform(0.12, 0.22)
    hip, top = build.leg + 0.12 * build.depth, build.leg + build.depth
    for x, step in ((-0.36, -stride), (0.34, stride)):
        _leg(figure, (x, hip), step, scaled(figure.fur, 0.72))
    _tail(figure, (-0.5, top - 0.1))
    head_from = (0.4, top - 0.12)
    angle = build.neck_angle if pose != "grazing" else -rng.uniform(28, 48)
    reach = build.neck if pose != "grazing" else max(build.neck, build.leg * 0.75)
    _trunk(figure, build.leg, top)
    for x, step in ((-0.4, stride), (0.38, -stride)):
        _leg(figure, (x, hip + 0.05), step, figure.fur)
    _neck_and_head(figure, head_from, math.radians(angle + rng.uniform(-8, 8)), reach)


def _trunk(figure: _Figure, low: float, top: float) -> None:
    middle = (low + top) / 2
    outline = [
        (-0.54, middle + 0.06),
        (-0.4, top - 0.02),
        (0, top - 0.05),
        (0.36, top + 0.01),
        (0.54, middle + 0.04),
    ]
    under = [(0.4, low), (0, low + 0.03), (-0.36, low + 0.06)]
    figure.body.shape([*outline, *under], figure.fur)
    figure.marking.shape(
        [(-0.3, low + 0.03), (0.1, low + 0.12), (0.5, middle - 0.05), (0.4, low), (0, low)],
        mix(figure.fur, figure.pale, 0.45),
    )
    if figure.build.ear == "leaf" and figure.build.depth > 0.5:
        _wool(figure, low, top)
    elif figure.rng.random() < 0.35:
        _patches(figure, low, top)


def _wool(figure: _Figure, low: float, top: float) -> None:
    middle, half = (low + top) / 2, (top - low) / 2
    for angle in np.linspace(0, 2 * math.pi, 13):
        center = (0.46 * math.cos(angle), middle + half * 0.85 * math.sin(angle))
        figure.body.dot(center, 0.16, varied(figure.fur, figure.rng, 3))
    figure.body.ellipse((0, middle), (0.48, half * 0.9), figure.fur)


def _patches(figure: _Figure, low: float, top: float) -> None:
    """Spots or saddle stripes: marking stays inside the outline, so they follow the back."""
    rng = figure.rng
    color = mix(figure.fur, figure.pale if rng.random() < 0.5 else INK, 0.55)
    for x in np.linspace(-0.4, 0.36, int(rng.integers(3, 7))):
        at = (float(x) + rng.normal(0, 0.03), top - rng.uniform(0.0, 0.6) * (top - low) * 0.5)
        figure.marking.ellipse(at, (rng.uniform(0.03, 0.07), rng.uniform(0.06, 0.12)), color, rng.normal(0, 0.3))


def _leg(figure: _Figure, hip: Point, step: float, color: Color) -> None:
    width = figure.build.leg_width
    knee = (hip[0] + step * 0.3 + 0.02, hip[1] * 0.5)
    foot = (hip[0] + step, width * 0.3)
    figure.body.limb([hip, knee, foot], (width * 1.5, width * 0.8), color)
    figure.body.ellipse((foot[0] + width * 0.2, width * 0.28), (width * 0.62, width * 0.34), scaled(color, 0.8))


def _tail(figure: _Figure, root: Point) -> None:
    x, y = root
    lift = figure.rng.uniform(-0.1, 0.25)
    fur = figure.fur
    match figure.build.tail:
        case "curl":
            figure.body.limb(
                [root, (x - 0.22, y + lift), (x - 0.3, y + 0.3 + lift), (x - 0.18, y + 0.46 + lift)],
                (0.09, 0.06),
                fur,
            )
        case "up":
            figure.body.limb([root, (x - 0.16, y + 0.12 + lift), (x - 0.2, y + 0.32 + lift)], (0.1, 0.05), fur)
        case "brush":
            tip = (x - 0.62, y - 0.12 + lift)
            figure.body.shape(
                [
                    (x + 0.08, y + 0.03),
                    (x - 0.25, y + 0.08 + lift),
                    tip,
                    (x - 0.3, y - 0.16 + lift),
                    (x + 0.06, y - 0.12),
                ],
                fur,
            )
            figure.body.ellipse((tip[0] + 0.07, tip[1] + 0.02), (0.1, 0.06), figure.pale, 0.3)
        case "mane":
            figure.body.limb(
                [(x + 0.04, y + 0.05), (x - 0.14, y - 0.08), (x - 0.16 - lift * 0.4, y - 0.55)],
                (0.1, 0.13),
                scaled(fur, 0.55),
            )
        case "stub":
            figure.body.ellipse((x - 0.02, y + 0.05), (0.08, 0.06), figure.pale, 0.6)


def _neck_and_head(figure: _Figure, root: Point, angle: float, reach: float) -> None:
    build = figure.build
    at = (root[0] + reach * math.cos(angle), root[1] + reach * math.sin(angle))
    figure.body.limb([root, at], (build.neck_width * 1.35, build.neck_width * 0.9), figure.fur)
    if build.tail == "mane":
        crest = [(root[0] - 0.1, root[1] + 0.12), (at[0] - 0.08, at[1] + 0.06), (at[0] + 0.02, at[1] + 0.14)]
        figure.body.limb(crest, (0.12, 0.08), scaled(figure.fur, 0.55))
    head(figure, at, figure.rng.uniform(-0.5, 0.05) if angle > 0 else -0.9)


def head(figure: _Figure, at: Point, angle: float) -> None:
    """A head seen from the side: far ear, skull, muzzle, eye, near ear."""
    build, size = figure.build, figure.build.head
    _ear(figure, at, angle + 0.25, scaled(figure.fur, 0.75))
    figure.body.ellipse(at, (size, size * 0.92), figure.fur, angle)
    reach = size * 0.55 + build.muzzle
    tip = (at[0] + reach * math.cos(angle), at[1] + reach * math.sin(angle) - size * 0.18)
    start = (at[0] + size * 0.35, at[1] - size * 0.16)
    color = mix(figure.fur, figure.pale, 0.7 if build.muzzle < 0.3 else 0.1)
    figure.body.limb([start, tip], (size * 1.3, build.muzzle_width), color)
    figure.body.ellipse((tip[0] + build.muzzle_width * 0.3, tip[1] + 0.02), (0.045, 0.038), INK)
    eye(figure, (at[0] + size * 0.38, at[1] + size * 0.22), max(0.058, size * 0.28))
    _ear(figure, at, angle, figure.fur)


def eye(figure: _Figure, at: Point, radius: float) -> None:
    """Open with a spark of light, or a closed lid."""
    if figure.is_asleep:
        figure.body.line(
            [
                (at[0] - radius * 1.2, at[1] - radius * 0.2),
                (at[0], at[1] - radius * 0.7),
                (at[0] + radius * 1.2, at[1]),
            ],
            radius * 0.6,
            INK,
        )
        return
    figure.body.dot(at, radius * 1.25, mix(figure.pale, WHITE, 0.5))
    figure.body.dot(at, radius, INK)
    figure.body.dot((at[0] + radius * 0.3, at[1] + radius * 0.35), radius * 0.35, WHITE)


def _ear(figure: _Figure, at: Point, angle: float, color: Color) -> None:
    size = figure.build.head
    x, y = at[0] - size * 0.35 - 0.3 * size * angle, at[1] + size * 0.62
    inner = mix(color, (226, 160, 150), 0.5)
    match figure.build.ear:
        case "point":
            figure.body.polygon(
                [(x - size * 0.35, y), (x - size * 0.1, y + size * 0.85), (x + size * 0.42, y + size * 0.08)],
                color,
            )
            figure.marking.polygon(
                [
                    (x - size * 0.15, y + size * 0.1),
                    (x - size * 0.06, y + size * 0.6),
                    (x + size * 0.22, y + size * 0.1),
                ],
                inner,
            )
        case "flop":
            figure.body.shape(
                [
                    (x, y),
                    (x - size * 0.45, y - size * 0.2),
                    (x - size * 0.4, y - size * 1.1),
                    (x + size * 0.1, y - size * 0.9),
                    (x + size * 0.25, y - size * 0.1),
                ],
                scaled(color, 0.72),
            )
        case "round":
            figure.body.dot((x, y + size * 0.1), size * 0.34, color)
            figure.marking.dot((x, y + size * 0.1), size * 0.18, inner)
        case _:
            figure.body.ellipse((x - size * 0.5, y), (size * 0.6, size * 0.24), color, -0.35)


def _sitting(figure: _Figure) -> None:
    build, fur = figure.build, figure.fur
    tall = build.leg + build.depth * 0.9
    _tail(figure, (-0.36, 0.16))
    figure.body.limb([(0.2, tall * 0.75), (0.2, 0.06)], (build.leg_width * 1.3, build.leg_width), scaled(fur, 0.75))
    figure.body.shape(
        [
            (-0.42, 0.08),
            (-0.44, 0.36),
            (-0.2, tall * 0.85),
            (0.1, tall + 0.06),
            (0.3, tall * 0.8),
            (0.26, 0.34),
            (0, 0.04),
        ],
        fur,
    )
    figure.marking.ellipse((0.28, tall * 0.62), (0.12, 0.22), figure.pale)
    figure.body.ellipse((-0.2, 0.2), (0.24, 0.2), scaled(fur, 1.05))
    figure.body.ellipse((0.02, 0.05), (0.16, 0.06), fur)
    figure.body.limb([(0.24, tall * 0.7), (0.28, 0.06)], (build.leg_width * 1.4, build.leg_width), fur)
    figure.body.ellipse((0.31, 0.045), (build.leg_width * 0.7, 0.05), scaled(fur, 0.85))
    head(figure, (0.2, tall + build.head * 0.8), figure.rng.uniform(-0.35, 0.15))


def _lying(figure: _Figure, *, fallen: bool) -> None:
    build, fur, rng = figure.build, figure.fur, figure.rng
    top = build.depth * 0.95
    _tail(figure, (-0.5, 0.14))
    if fallen:
        for x, lift in ((-0.3, 0.1), (0.3, 0.12)):
            figure.body.limb(
                [(x, 0.12), (x + 0.2, lift), (x + 0.5, 0.03)],
                (build.leg_width * 1.2, build.leg_width * 0.7),
                scaled(fur, 0.8),
            )
    _trunk(figure, 0.0, top)
    figure.body.ellipse((-0.32, top * 0.42), (0.22, top * 0.4), scaled(fur, 1.04))
    for x, reach in ((-0.3, 0.2), (0.3, rng.uniform(0.35, 0.5))):
        figure.body.limb(
            [(x, 0.1), (x + reach * 0.5, 0.06), (x + reach, 0.05)],
            (build.leg_width * 1.3, build.leg_width * 0.8),
            fur,
        )
    lift = build.head * 0.7 if fallen else rng.uniform(0.6, 1.0) * top + build.head * 0.5
    figure.body.limb([(0.4, top * 0.55), (0.56, lift)], (build.neck_width * 1.4, build.neck_width), fur)
    head(figure, (0.62, lift), -0.25)
