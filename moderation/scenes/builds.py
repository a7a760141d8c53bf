"""This will say how each four-legged species is built: proportions, ears, tail, coats and the poses it takes."""

from dataclasses import dataclass

from .brush import Color


@dataclass(frozen=True)
class Build:
    """Lengths in trunks, angles in degrees above the horizontal; `coats` are (fur, belly and muzzle)."""

    coats: tuple[tuple[Color, Color], ...]
    depth: float
    leg: float
    leg_width: float
    neck: float
    neck_angle: float
    neck_width: float
    head: float
    muzzle: float
    muzzle_width: float
    ear: str
    tail: str
    poses: tuple[str, ...] = ("standing", "walking", "sitting", "resting")


_GINGER: tuple[Color, Color] = ((208, 132, 68), (244, 222, 190))
_GREY: tuple[Color, Color] = ((128, 128, 136), (214, 212, 210))
_DARK: tuple[Color, Color] = ((58, 54, 58), (110, 102, 100))
_BROWN: tuple[Color, Color] = ((124, 84, 58), (196, 160, 120))
_SAND: tuple[Color, Color] = ((206, 174, 128), (242, 226, 196))
_SNOW: tuple[Color, Color] = ((236, 232, 224), (250, 248, 244))

BUILDS: dict[str, Build] = {
    "cat": Build((_GINGER, _GREY, _DARK, _SNOW), 0.38, 0.34, 0.13, 0.2, 55, 0.28, 0.235, 0.06, 0.18, "point", "curl"),
    "dog": Build(
        (_BROWN, _SAND, _DARK, _SNOW, _GINGER),
        0.4,
        0.46,
        0.14,
        0.28,
        52,
        0.26,
        0.19,
        0.24,
        0.15,
        "flop",
        "up",
    ),
    "fox": Build(
        (((204, 104, 50), (246, 232, 214)), ((184, 92, 52), (240, 220, 200))),
        0.32,
        0.38,
        0.1,
        0.22,
        40,
        0.22,
        0.17,
        0.26,
        0.1,
        "point",
        "brush",
    ),
    "bear": Build(
        (_BROWN, _DARK, ((150, 108, 74), (206, 172, 130)), _SNOW),
        0.62,
        0.36,
        0.24,
        0.2,
        22,
        0.42,
        0.24,
        0.2,
        0.2,
        "round",
        "none",
        ("standing", "walking", "grazing", "sitting", "resting"),
    ),
    "horse": Build(
        (_BROWN, _DARK, _SAND, _GREY, _SNOW),
        0.42,
        0.72,
        0.12,
        0.56,
        52,
        0.24,
        0.15,
        0.36,
        0.15,
        "point",
        "mane",
        ("standing", "walking", "grazing"),
    ),
    "deer": Build(
        (((168, 116, 74), (232, 212, 184)), _SAND),
        0.36,
        0.66,
        0.08,
        0.44,
        62,
        0.15,
        0.13,
        0.22,
        0.1,
        "leaf",
        "stub",
        ("standing", "walking", "grazing", "resting"),
    ),
    "sheep": Build(
        (_SNOW, _SAND, _GREY),
        0.54,
        0.34,
        0.09,
        0.14,
        34,
        0.26,
        0.15,
        0.18,
        0.13,
        "leaf",
        "stub",
        ("standing", "walking", "grazing", "resting"),
    ),
}
