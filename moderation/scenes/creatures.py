"""This will draw the animals that have no four long legs: birds, fish, small furry ones, and faces close up."""

from collections.abc import Callable

import numpy as np

from .brush import INK, WHITE, Brush, Color, Point, Sprite, bow, mix, pick, scaled, varied

_PLUMAGE: tuple[Color, ...] = (
    (206, 84, 62),
    (74, 118, 168),
    (226, 178, 70),
    (112, 108, 112),
    (62, 60, 70),
    (232, 228, 222),
    (148, 104, 72),
    (92, 142, 100),
)
_FURS: tuple[Color, ...] = (
    (206, 134, 74),
    (132, 132, 138),
    (64, 58, 60),
    (130, 92, 66),
    (208, 178, 136),
    (234, 230, 222),
)


def _eye(brush: Brush, at: Point, radius: float) -> None:
    radius *= 1.4
    brush.dot(at, radius * 1.3, mix(WHITE, (240, 220, 170), 0.4))
    brush.dot(at, radius, INK)
    brush.dot((at[0] + radius * 0.3, at[1] + radius * 0.35), radius * 0.35, WHITE)


def bird(unit: float, rng: np.random.Generator) -> Sprite:
    """A songbird on its two legs, or on a branch."""
    sprite = Sprite(unit)
    color, belly = pick(rng, *_PLUMAGE), pick(rng, *_PLUMAGE)
    belly = mix(belly, WHITE, 0.55)
    if rng.random() < 0.4:
        sprite.body.limb([(-0.8, -0.02), (0, 0.02), (0.8, -0.04)], (0.1, 0.05), (104, 80, 62))
    for x in (-0.02, 0.12):
        sprite.body.line([(x, 0.3), (x + 0.03, 0.02), (x + 0.13, 0.02)], 0.03, (176, 120, 70))
    sprite.body.shape([(-0.3, 0.42), (-0.75, 0.2), (-0.85, 0.28), (-0.3, 0.62)], scaled(color, 0.75))
    sprite.body.shape(
        [(-0.4, 0.5), (-0.2, 0.78), (0.2, 0.88), (0.46, 0.66), (0.32, 0.34), (0, 0.22), (-0.3, 0.3)], color
    )
    sprite.marking.shape([(-0.1, 0.22), (0.1, 0.5), (0.4, 0.7), (0.46, 0.5), (0.2, 0.2)], belly)
    sprite.body.dot((0.34, 0.92), 0.25, color)
    sprite.body.polygon([(0.54, 0.98), (0.8, 0.9), (0.54, 0.84)], (230, 162, 66))
    sprite.body.shape([(-0.5, 0.38), (-0.2, 0.72), (0.14, 0.7), (0.1, 0.48), (-0.2, 0.36)], scaled(color, 0.82))
    _eye(sprite.body, (0.42, 0.97), 0.05)
    return sprite


def flying_bird(unit: float, rng: np.random.Generator) -> Sprite:
    """A bird with both wings spread."""
    sprite = Sprite(unit, height=2.4)
    color, lift = pick(rng, *_PLUMAGE), rng.uniform(0.25, 0.75)
    far = [(0.05, 0.85), (-0.15, 1.1 + lift * 0.7), (-0.5, 1.1 + lift), (-0.3, 0.85)]
    near = [(0.15, 0.8), (0.25, 1.0 + lift), (-0.05, 1.15 + lift), (-0.3, 0.95 + lift * 0.3), (-0.3, 0.75)]
    sprite.body.shape(far, scaled(color, 0.7))
    sprite.body.shape([(-0.5, 0.72), (-0.95, 0.6), (-0.98, 0.78), (-0.5, 0.86)], scaled(color, 0.8))
    sprite.body.shape([(-0.62, 0.76), (-0.2, 0.95), (0.4, 0.94), (0.56, 0.82), (0.2, 0.62), (-0.3, 0.62)], color)
    sprite.marking.ellipse((0.1, 0.64), (0.5, 0.1), mix(color, WHITE, 0.6))
    sprite.body.dot((0.52, 0.9), 0.17, color)
    sprite.body.polygon([(0.64, 0.96), (0.88, 0.88), (0.64, 0.82)], (230, 162, 66))
    sprite.body.shape(near, scaled(color, 0.88))
    _eye(sprite.body, (0.57, 0.94), 0.04)
    return sprite


def duck(unit: float, rng: np.random.Generator) -> Sprite:
    """A duck or swan, sitting low as on water."""
    sprite = Sprite(unit)
    color, crown = pick(rng, *_PLUMAGE), pick(rng, *_PLUMAGE)
    tall = rng.uniform(0.55, 1.0)
    sprite.body.shape(
        [
            (-0.8, 0.42),
            (-0.5, 0.34),
            (0, 0.42),
            (0.5, 0.4),
            (0.62, 0.16),
            (0.3, 0.0),
            (-0.4, 0.0),
            (-0.7, 0.14),
        ],
        color,
    )
    sprite.body.limb([(0.44, 0.28), (0.5, tall * 0.7), (0.46, tall)], (0.3, 0.19), mix(color, crown, 0.5))
    sprite.body.ellipse((0.5, tall + 0.04), (0.19, 0.16), crown)
    sprite.body.shape(
        [(0.62, tall + 0.08), (0.9, tall - 0.01), (0.88, tall - 0.07), (0.62, tall - 0.06)], (228, 164, 70)
    )
    sprite.body.shape([(-0.6, 0.36), (-0.2, 0.42), (0.2, 0.26), (-0.1, 0.1), (-0.5, 0.16)], scaled(color, 0.84))
    _eye(sprite.body, (0.55, tall + 0.08), 0.035)
    return sprite


def fish(unit: float, rng: np.random.Generator) -> Sprite:
    """A fish seen from its side."""
    sprite = Sprite(unit)
    color, second = pick(rng, *_PLUMAGE), pick(rng, *_PLUMAGE)
    tall = rng.uniform(0.22, 0.4)
    sprite.body.shape([(-0.45, 0.5), (-0.9, 0.82), (-0.8, 0.5), (-0.9, 0.18)], scaled(second, 0.9))
    sprite.body.shape([(-0.2, 0.5 + tall * 0.7), (0, 0.68 + tall), (0.3, 0.5 + tall * 0.6)], second)
    sprite.body.shape(
        [
            (-0.55, 0.5),
            (-0.1, 0.5 + tall),
            (0.4, 0.5 + tall * 0.75),
            (0.68, 0.5),
            (0.4, 0.5 - tall * 0.75),
            (-0.1, 0.5 - tall),
        ],
        color,
    )
    for x in np.linspace(-0.3, 0.25, int(rng.integers(0, 4))):
        sprite.marking.ellipse((float(x), 0.5), (0.05, tall), mix(second, WHITE, 0.3), 0.1)
    sprite.marking.ellipse((0.1, 0.5 - tall), (0.6, tall * 0.5), mix(color, WHITE, 0.5))
    sprite.body.shape([(0.2, 0.45), (0.0, 0.3), (-0.05, 0.45), (0.05, 0.5)], scaled(second, 0.85))
    _eye(sprite.body, (0.46, 0.56), 0.06)
    return sprite


def bowl(unit: float, rng: np.random.Generator) -> Sprite:
    """A goldfish in a round glass on its own small stand."""
    sprite = Sprite(unit)
    water: Color = varied((150, 196, 208), rng, 8)
    gold = pick(rng, (230, 130, 52), (236, 164, 70), (222, 92, 60))
    sprite.body.ellipse((0, 0.03), (0.42, 0.07), (120, 92, 72))
    sprite.body.ellipse((0, 0.5), (0.58, 0.5), mix(water, WHITE, 0.55))
    sprite.marking.ellipse((0, 0.44), (0.55, 0.43), water)
    sprite.marking.ellipse((0, 0.74), (0.46, 0.07), mix(water, WHITE, 0.4))
    y = rng.uniform(0.35, 0.5)
    sprite.marking.shape([(-0.12, y), (-0.4, y + 0.2), (-0.34, y), (-0.4, y - 0.18)], scaled(gold, 0.88))
    sprite.marking.shape([(-0.2, y), (0.02, y + 0.18), (0.34, y), (0.02, y - 0.16)], gold)
    _eye(sprite.marking, (0.2, y + 0.03), 0.04)
    sprite.marking.ellipse((-0.34, 0.66), (0.05, 0.13), WHITE, -0.5)
    return sprite


def rabbit(unit: float, rng: np.random.Generator) -> Sprite:
    """A rabbit crouching, ears up or laid back."""
    sprite = Sprite(unit)
    fur, back = pick(rng, *_FURS), rng.uniform(-0.25, 0.1)
    sprite.body.dot((-0.62, 0.26), 0.15, mix(fur, WHITE, 0.6))
    for shift, factor in ((0.1, 0.75), (0.0, 1.0)):
        ear = bow([(0.38 + shift, 0.85), (0.34 + shift + back, 1.15), (0.3 + shift + 2 * back, 1.4)])
        sprite.body.limb(ear, (0.15, 0.13), scaled(fur, factor))
        sprite.marking.limb(ear, (0.07, 0.05), mix(fur, (232, 170, 160), 0.6))
    sprite.body.shape([(-0.6, 0.2), (-0.5, 0.6), (-0.1, 0.75), (0.3, 0.6), (0.42, 0.3), (0.3, 0.04), (-0.3, 0.02)], fur)
    sprite.body.ellipse((-0.3, 0.28), (0.26, 0.26), scaled(fur, 1.05))
    sprite.body.ellipse((-0.16, 0.05), (0.26, 0.07), scaled(fur, 0.95))
    sprite.body.ellipse((0.4, 0.06), (0.16, 0.06), scaled(fur, 0.95))
    sprite.body.ellipse((0.46, 0.72), (0.27, 0.23), fur)
    sprite.body.ellipse((0.6, 0.64), (0.12, 0.1), mix(fur, WHITE, 0.5))
    sprite.body.ellipse((0.7, 0.68), (0.035, 0.028), (196, 120, 116))
    _eye(sprite.body, (0.52, 0.8), 0.055)
    return sprite


def hedgehog(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit)
    face, spines = (
        pick(rng, (222, 190, 150), (196, 164, 130)),
        pick(rng, (112, 86, 68), (92, 82, 78)),
    )
    for x in (-0.3, 0.2):
        sprite.body.ellipse((x, 0.05), (0.12, 0.06), scaled(face, 0.7))
    sprite.body.shape([(0.1, 0.08), (0.1, 0.5), (0.5, 0.42), (0.82, 0.24), (0.5, 0.06)], face)
    for angle in np.linspace(0.1, np.pi + 0.1, 26):
        tip = (-0.1 + 0.68 * np.cos(angle), 0.12 + 0.66 * np.sin(angle))
        side = (0.06 * np.sin(angle), -0.06 * np.cos(angle))
        base = (-0.1 + 0.45 * np.cos(angle), 0.12 + 0.42 * np.sin(angle))
        sprite.body.polygon(
            [(base[0] + side[0], base[1] + side[1]), tip, (base[0] - side[0], base[1] - side[1])],
            varied(spines, rng, 14),
        )
    sprite.body.shape(
        [(-0.7, 0.1), (-0.5, 0.5), (-0.1, 0.66), (0.26, 0.5), (0.36, 0.2), (0.2, 0.06), (-0.4, 0.04)], spines
    )
    sprite.body.dot((0.82, 0.26), 0.05, INK)
    _eye(sprite.body, (0.55, 0.36), 0.045)
    return sprite


def turtle(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit)
    skin, shell = (
        pick(rng, (132, 146, 92), (158, 150, 104)),
        pick(rng, (110, 96, 62), (86, 106, 74), (148, 112, 70)),
    )
    for x in (-0.45, 0.35):
        sprite.body.limb([(x, 0.25), (x + 0.08, 0.06)], (0.22, 0.18), scaled(skin, 0.85))
    sprite.body.limb([(0.45, 0.24), (0.7, 0.32), (0.84, 0.42)], (0.2, 0.18), skin)
    sprite.body.ellipse((0.9, 0.45), (0.17, 0.13), skin)
    sprite.body.shape([(-0.7, 0.16), (-0.5, 0.52), (0, 0.68), (0.46, 0.5), (0.64, 0.18), (0, 0.1)], shell)
    for x, y in ((-0.35, 0.36), (0.02, 0.48), (0.36, 0.34), (-0.12, 0.24), (0.2, 0.22)):
        sprite.marking.ellipse((x, y), (0.13, 0.1), scaled(shell, 1.28))
    _eye(sprite.body, (0.95, 0.49), 0.035)
    return sprite


def face(unit: float, rng: np.random.Generator, *, ear: str) -> Sprite:
    """A cat (ears "point"), dog ("flop") or bear ("round") that looks at you: head and shoulders."""
    sprite = Sprite(unit, width=2.6, height=2.4)
    fur = pick(rng, *_FURS)
    pale = mix(fur, WHITE, 0.65)
    sprite.body.shape([(-0.62, -0.1), (-0.5, 0.35), (0, 0.6), (0.5, 0.35), (0.62, -0.1)], scaled(fur, 0.92))
    sprite.marking.ellipse((0, 0.1), (0.24, 0.3), pale)
    for side in (-1, 1):
        _frontal_ear(sprite, side, ear, fur)
    sprite.body.ellipse((0, 0.85), (0.52, 0.46), fur)
    sprite.marking.ellipse((0, 0.62), (0.3, 0.22), pale)
    for side in (-1, 1):
        _eye(sprite.body, (side * 0.2, 0.92), 0.075)
        for tilt in (-0.04, 0.04):
            sprite.body.line([(side * 0.2, 0.66), (side * 0.5, 0.66 + tilt * 2)], 0.012, scaled(pale, 0.75))
    sprite.body.ellipse((0, 0.73), (0.085, 0.06), INK)
    sprite.body.line(
        bow([(-0.14, 0.58), (-0.05, 0.56), (0, 0.66), (0.05, 0.56), (0.14, 0.58)], 5), 0.02, scaled(INK, 1.4)
    )
    return sprite


def _frontal_ear(sprite: Sprite, side: int, ear: str, fur: Color) -> None:
    inner = mix(fur, (230, 164, 154), 0.55)
    if ear == "point":
        sprite.body.polygon([(side * 0.5, 0.9), (side * 0.46, 1.52), (side * 0.1, 1.24)], fur)
        sprite.marking.polygon([(side * 0.43, 1.0), (side * 0.42, 1.4), (side * 0.18, 1.2)], inner)
    elif ear == "flop":
        outline = [
            (side * 0.3, 1.24),
            (side * 0.62, 1.1),
            (side * 0.7, 0.6),
            (side * 0.52, 0.56),
            (side * 0.42, 0.9),
        ]
        sprite.body.shape(outline, scaled(fur, 0.7))
    else:
        sprite.body.dot((side * 0.38, 1.24), 0.2, fur)
        sprite.marking.dot((side * 0.38, 1.24), 0.11, inner)


# What each is called, and how it is drawn.
CREATURES: dict[str, Callable[[float, np.random.Generator], Sprite]] = {
    "bird": bird,
    "seagull": flying_bird,
    "duck": duck,
    "fish": fish,
    "rabbit": rabbit,
    "hedgehog": hedgehog,
    "turtle": turtle,
    "goldfish": bowl,
}
FACING: dict[str, str] = {"cat": "point", "dog": "flop", "bear": "round"}
