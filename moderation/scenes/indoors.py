"""This will paint the one place with a roof: a living room, lit by its window or its lamp."""

import numpy as np

from .brush import Color, Point, Sprite, mix, pick, scaled, varied
from .canvas import Canvas


def living_room(canvas: Canvas, horizon: float) -> float:
    """Wall, floor, window, a picture, a sofa and a rug. Returns the row from which feet may stand."""
    rng, light = canvas.rng, canvas.light
    wall = pick(rng, (222, 206, 184), (176, 196, 192), (206, 178, 166), (150, 168, 186), (214, 210, 204))
    canvas.gradient((light.on(scaled(wall, 0.9)), light.on(wall), light.on(scaled(wall, 0.95))), top=0, bottom=horizon)
    _floor(canvas, horizon, pick(rng, (168, 124, 86), (142, 104, 78), (190, 156, 116)))
    _window(canvas, (canvas.width * rng.uniform(0.1, 0.7), horizon * rng.uniform(0.12, 0.22)), horizon * 0.55)
    if rng.random() < 0.6:
        _picture(canvas, (canvas.width * rng.uniform(0.1, 0.8), horizon * rng.uniform(0.15, 0.35)))
    if rng.random() < 0.7:
        _sofa(canvas, (canvas.width * rng.uniform(0.15, 0.85), horizon + canvas.unit * 0.06))
    if rng.random() < 0.5:
        _lamp(canvas, (canvas.width * rng.uniform(0.05, 0.95), horizon + canvas.unit * 0.03))
    if rng.random() < 0.75:
        _rug(canvas, horizon)
    return horizon + canvas.unit * 0.06


def _floor(canvas: Canvas, horizon: float, wood: Color) -> None:
    light = canvas.light
    canvas.gradient((light.on(scaled(wood, 0.86)), light.on(scaled(wood, 1.06))), top=horizon, bottom=canvas.height)
    vanishing = (canvas.width / 2, horizon - canvas.height * 0.6)
    for x in np.linspace(-canvas.width, 2 * canvas.width, 26):
        share = (horizon - vanishing[1]) / (canvas.height - vanishing[1])
        top = vanishing[0] + (x - vanishing[0]) * share
        canvas.brush.line([(top, horizon), (float(x), canvas.height)], 2.5, scaled(wood, 0.78))
    skirting = canvas.unit * 0.025
    corners = [
        (0, horizon - skirting),
        (canvas.width, horizon - skirting),
        (canvas.width, horizon),
        (0, horizon),
    ]
    canvas.brush.polygon(corners, (236, 230, 220))


def _window(canvas: Canvas, corner: Point, tall: float) -> None:
    rng, light = canvas.rng, canvas.light
    wide = tall * rng.uniform(0.8, 1.4)
    x, y = corner
    frame = canvas.unit * 0.018
    _box(canvas, (x - frame, y - frame), (wide + 2 * frame, tall + 2 * frame), (238, 234, 226))
    for row in range(16):
        level = mix(light.sky[0], light.sky[2], row / 15)
        top, bottom = y + tall * row / 16, y + tall * (row + 1) / 16
        canvas.glow.polygon([(x, top), (x + wide, top), (x + wide, bottom), (x, bottom)], level)
    _box(canvas, (x + wide / 2 - frame / 3, y), (frame * 0.7, tall), (238, 234, 226))
    _box(canvas, (x, y + tall / 2), (wide, frame * 0.7), (238, 234, 226))
    curtain = pick(rng, (178, 88, 76), (116, 136, 128), (222, 210, 190), (88, 104, 140))
    for side in (x - frame * 2.5, x + wide - frame * 1.5):
        for fold in range(4):
            _box(
                canvas,
                (side + fold * frame, y - 2 * frame),
                (frame, tall + 5 * frame),
                scaled(curtain, 0.88 + 0.12 * (fold % 2)),
            )


def _box(canvas: Canvas, corner: Point, size: Point, color: Color) -> None:
    (x, y), (w, h) = corner, size
    canvas.brush.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], color)


def _picture(canvas: Canvas, corner: Point) -> None:
    rng = canvas.rng
    wide, tall = canvas.unit * rng.uniform(0.1, 0.2), canvas.unit * rng.uniform(0.1, 0.18)
    _box(canvas, corner, (wide, tall), pick(rng, (62, 50, 44), (196, 164, 104), (240, 238, 232)))
    inner = (corner[0] + wide * 0.09, corner[1] + wide * 0.09)
    _box(
        canvas,
        inner,
        (wide * 0.82, tall - wide * 0.18),
        pick(rng, (200, 206, 196), (226, 196, 160), (148, 172, 190)),
    )
    center = (corner[0] + wide * 0.5, corner[1] + tall * 0.55)
    canvas.brush.ellipse(center, (wide * 0.2, tall * 0.2), pick(rng, (190, 74, 60), (70, 96, 110), (226, 172, 80)))


def _sofa(canvas: Canvas, at: Point) -> None:
    rng = canvas.rng
    color = pick(rng, (120, 140, 130), (168, 104, 88), (92, 104, 132), (196, 172, 140))
    sofa = Sprite(canvas.unit * rng.uniform(0.26, 0.34), width=3.2, height=1.6)
    sofa.body.shape([(-1.1, 0.1), (-1.1, 0.85), (-0.9, 1), (0, 1.02), (0.9, 1), (1.1, 0.85), (1.1, 0.1)], color)
    sofa.body.shape([(-1.1, 0.12), (-1.12, 0.45), (0, 0.5), (1.12, 0.45), (1.1, 0.12)], scaled(color, 1.1))
    for side in (-1, 1):
        sofa.body.shape(
            [
                (side * 1.05, 0.05),
                (side * 1.0, 0.6),
                (side * 1.15, 0.7),
                (side * 1.32, 0.6),
                (side * 1.3, 0.05),
            ],
            scaled(color, 1.04),
        )
        sofa.body.line([(side * 1.1, 0.1), (side * 1.12, -0.05)], 0.06, (70, 54, 44))
    cushion = pick(rng, (214, 178, 96), (188, 76, 66), (226, 220, 208))
    sofa.body.shape([(0.4, 0.5), (0.45, 0.85), (0.8, 0.88), (0.85, 0.52)], cushion)
    canvas.place(sofa, at)


def _lamp(canvas: Canvas, at: Point) -> None:
    lamp = Sprite(canvas.unit * 0.5, width=0.8, height=1.5)
    lamp.body.line([(0, 0), (0, 0.9)], 0.025, (66, 58, 56))
    lamp.body.ellipse((0, 0.0), (0.12, 0.025), (66, 58, 56))
    shade = varied((236, 214, 170), canvas.rng, 8)
    lamp.body.polygon([(-0.2, 0.85), (0.2, 0.85), (0.12, 1.15), (-0.12, 1.15)], shade)
    canvas.place(lamp, at)
    if canvas.light.time != "day":
        glow = (at[0], at[1] - canvas.unit * 0.5)
        canvas.soft(
            lambda b: b.dot(glow, canvas.unit * 0.16, shade),
            (255, 214, 140),
            opacity=0.5,
            blur=canvas.unit * 0.1,
        )


def _rug(canvas: Canvas, horizon: float) -> None:
    rng = canvas.rng
    color = pick(rng, (176, 84, 74), (226, 216, 196), (96, 118, 132), (150, 132, 160))
    center = (
        canvas.width * rng.uniform(0.3, 0.7),
        horizon + (canvas.height - horizon) * rng.uniform(0.5, 0.8),
    )
    wide, tall = canvas.width * rng.uniform(0.25, 0.42), (canvas.height - horizon) * rng.uniform(0.22, 0.36)
    for share, factor in ((1.0, 0.9), (0.88, 1.15), (0.8, 1.0), (0.45, 1.12), (0.4, 0.95)):
        canvas.brush.ellipse(center, (wide * share, tall * share), scaled(color, factor))
