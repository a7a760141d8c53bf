"""This will paint the open-air places: sky, far and near ground, and say where feet may stand."""

import math
from collections.abc import Callable

import numpy as np

from .brush import Brush, Color, Point, mix, pick, scaled, varied
from .canvas import Canvas
from .town import skyline


def sky(canvas: Canvas, horizon: float) -> None:
    """The sky with its sun or moon, stars and clouds, down to the horizon."""
    light, rng = canvas.light, canvas.rng
    canvas.gradient(light.sky, top=0, bottom=horizon + 2)
    at = (canvas.width * (0.5 + 0.4 * light.side), horizon * rng.uniform(0.12, 0.55))
    if light.time == "night" and light.weather == "clear":
        for x, y, size in zip(rng.random(60), rng.random(60), rng.uniform(0.6, 2.4, 60), strict=True):
            canvas.glow.dot((x * canvas.width, y * horizon * 0.9), size, (214, 222, 246))
    if light.weather == "clear":
        _sun(canvas, at if light.time != "dusk" else (at[0], horizon * rng.uniform(0.6, 0.95)))
    for _ in range({"clear": 2, "mist": 1}.get(light.weather, 5)):
        _cloud(canvas, horizon)


def _sun(canvas: Canvas, at: Point) -> None:
    color: Color = {"day": (255, 250, 228), "dusk": (255, 224, 164), "night": (236, 238, 230)}[canvas.light.time]
    radius = canvas.unit * canvas.rng.uniform(0.03, 0.06)
    canvas.soft(lambda b: b.dot(at, radius * 2.6, color), color, opacity=0.45, blur=radius * 1.6)
    canvas.glow.dot(at, radius, color)


def _cloud(canvas: Canvas, horizon: float) -> None:
    rng = canvas.rng
    x, y = rng.uniform(0, canvas.width), rng.uniform(0.08, 0.75) * horizon
    size = canvas.unit * rng.uniform(0.05, 0.12)
    puffs = [(x + size * rng.uniform(-2.2, 2.2), y + size * rng.uniform(-0.3, 0.2)) for _ in range(7)]
    radii = [(size * rng.uniform(0.7, 1.4), size * rng.uniform(0.3, 0.6)) for _ in puffs]

    def paint(brush: Brush) -> None:
        for center, radius in zip(puffs, radii, strict=True):
            brush.ellipse(center, radius, (0, 0, 0))

    canvas.soft(paint, mix(canvas.light.sky[2], canvas.light.on((255, 252, 250)), 0.6), opacity=0.7, blur=size * 0.28)


def ridge(canvas: Canvas, base: float, height: float, color: Color, *, rough: float = 1.0) -> None:
    """A row of hills (rough 1) or peaks (rough 3) standing on row `base`."""
    rng = canvas.rng
    x = np.linspace(0, 1, 80)
    waves = [rng.uniform(0.3, 1) / k * np.sin(2 * math.pi * (k * rough * x + rng.random())) for k in (0.7, 1.6, 3.1)]
    top = np.sum(waves, axis=0)
    top = (top - top.min()) / (top.max() - top.min())
    if rough > 2:
        top = 0.55 * top + 0.45 * np.abs(np.sin(2 * math.pi * (rough * 1.3 * x + rng.random())))
    rows = base - height * (0.15 + 0.85 * top)
    outline = [(float(a) * canvas.width, float(b)) for a, b in zip(x, rows, strict=True)]
    canvas.brush.polygon([*outline, (canvas.width, base + 4), (0, base + 4)], color)


def ground(canvas: Canvas, horizon: float, near: Color, far: Color) -> None:
    """The floor of the scene, hazy in the distance, with uneven patches."""
    light = canvas.light
    back = mix(light.on(far), light.haze, 0.18)
    stops = (back, light.on(mix(far, near, 0.6)), light.on(near))
    canvas.patchy(stops, top=horizon, contrast=0.11)


def blades(canvas: Canvas, top: float, color: Color, *, count: int, length: float = 0.03) -> None:
    """Short strokes of grass, longer the nearer they are."""
    rng = canvas.rng
    for depth, across, lean in zip(
        np.sort(rng.random(count)), rng.random(count), rng.normal(0, 0.4, count), strict=True
    ):
        y = top + depth * (canvas.height - top)
        tall = canvas.unit * length * (0.3 + depth)
        x = across * canvas.width
        canvas.brush.line([(x, y), (x + lean * tall, y - tall)], 1.5 + 2.5 * depth, varied(color, rng, 14))


def blossoms(canvas: Canvas, top: float, color: Color, *, count: int) -> None:
    """Scattered small flowers."""
    rng = canvas.rng
    for depth, across in zip(np.sort(rng.random(count)), rng.random(count), strict=True):
        center = (across * canvas.width, top + depth * (canvas.height - top))
        radius = canvas.unit * (0.003 + 0.008 * depth)
        canvas.brush.ellipse(center, (radius * 1.3, radius), varied(color, rng, 12))
        canvas.brush.dot((center[0], center[1] - radius * 0.2), radius * 0.4, (246, 216, 110))


def ripples(canvas: Canvas, top: float, bottom: float, color: Color, *, count: int) -> None:
    """Thin bright strokes lying on water."""
    rng = canvas.rng
    for depth, across in zip(rng.random(count), rng.random(count), strict=True):
        y, half = top + depth * (bottom - top), canvas.unit * rng.uniform(0.015, 0.06) * (0.4 + depth)
        center = (across * canvas.width, y)
        canvas.brush.ellipse(center, (half, 1.2 + 1.8 * depth), color)


def beach(canvas: Canvas, horizon: float) -> float:
    rng = canvas.rng
    sky(canvas, horizon)
    sea, sand = (
        pick(rng, (44, 128, 158), (60, 150, 160), (52, 108, 150)),
        pick(rng, (226, 200, 152), (210, 186, 150)),
    )
    shore = horizon + (canvas.height - horizon) * rng.uniform(0.18, 0.42)
    ground(canvas, horizon, sand, scaled(sand, 1.06))
    light = canvas.light
    canvas.gradient((mix(light.on(sea), light.haze, 0.35), light.on(sea)), top=horizon, bottom=shore)
    ripples(canvas, horizon, shore, mix(sea, (255, 255, 255), 0.45), count=50)
    x = np.linspace(0, canvas.width, 40)
    wave = shore + canvas.unit * 0.018 * np.sin(x / canvas.width * rng.uniform(6, 12) + rng.random() * 6)
    edge = [(float(a), float(b)) for a, b in zip(x, wave, strict=True)]
    lap = canvas.unit * 0.03
    canvas.brush.polygon([*edge, *[(a, b - 2 * lap) for a, b in reversed(edge)]], mix(sea, sand, 0.35))
    canvas.brush.line(edge, canvas.unit * 0.012, (244, 244, 238))
    return shore + lap


def forest(canvas: Canvas, horizon: float) -> float:
    rng, light = canvas.rng, canvas.light
    sky(canvas, horizon)
    leaf = pick(rng, (58, 108, 66), (84, 116, 54), (150, 104, 48), (46, 92, 78))
    for depth in (0.62, 0.4, 0.18):
        color = mix(leaf, light.haze, depth)
        ridge(canvas, horizon + 4, horizon * rng.uniform(0.55, 0.95) * (0.6 + depth * 0.5), color, rough=2)
        _trunks(canvas, horizon + canvas.unit * 0.05 * (1 - depth), mix((78, 58, 46), light.haze, depth), depth)
    ground(canvas, horizon, scaled(leaf, 0.72), mix(leaf, (150, 140, 90), 0.3))
    blades(canvas, horizon, leaf, count=130, length=0.045)
    return horizon


def _trunks(canvas: Canvas, base: float, color: Color, depth: float) -> None:
    rng = canvas.rng
    for _ in range(int(rng.integers(3, 7))):
        x, half = rng.random() * canvas.width, canvas.unit * rng.uniform(0.008, 0.022) * (1.3 - depth)
        lean = rng.normal(0, half)
        canvas.brush.polygon(
            [(x - half * 1.4, base), (x + half * 1.4, base), (x + half + lean, 0), (x - half + lean, 0)],
            color,
        )


def meadow(canvas: Canvas, horizon: float) -> float:
    rng, haze = canvas.rng, canvas.light.haze
    sky(canvas, horizon)
    grass = pick(rng, (108, 152, 74), (134, 158, 82), (86, 140, 86), (168, 160, 88))
    ridge(canvas, horizon + 4, horizon * 0.4, mix(scaled(grass, 0.8), haze, 0.65))
    ridge(canvas, horizon + 4, horizon * 0.2, mix(scaled(grass, 0.85), haze, 0.35))
    ground(canvas, horizon, scaled(grass, 0.88), scaled(grass, 1.12))
    blades(canvas, horizon, scaled(grass, 1.05), count=200)
    flower = pick(rng, (206, 52, 48), (238, 226, 232), (240, 196, 70), (150, 112, 200))
    blossoms(canvas, horizon, flower, count=int(rng.integers(10, 70)))
    return horizon


def snow(canvas: Canvas, horizon: float) -> float:
    rng, haze = canvas.rng, canvas.light.haze
    sky(canvas, horizon)
    ridge(canvas, horizon + 4, horizon * rng.uniform(0.5, 0.8), mix((128, 146, 176), haze, 0.4), rough=3)
    ridge(canvas, horizon + 4, horizon * 0.3, mix((214, 224, 238), haze, 0.3))
    ground(canvas, horizon, (232, 238, 246), (206, 218, 234))
    return horizon


def desert(canvas: Canvas, horizon: float) -> float:
    rng, haze = canvas.rng, canvas.light.haze
    sky(canvas, horizon)
    sand = pick(rng, (222, 168, 108), (206, 144, 98), (226, 190, 136))
    ridge(canvas, horizon + 4, horizon * 0.45, mix((176, 104, 84), haze, 0.5), rough=1.6)
    ground(canvas, horizon, scaled(sand, 0.94), scaled(sand, 1.06))
    for share in (0.22, 0.5):
        base = horizon + (canvas.height - horizon) * share
        ridge(canvas, base, canvas.unit * 0.1, mix(scaled(sand, 1.06 - share * 0.2), haze, 0.12))
        canvas.gradient((canvas.light.on(scaled(sand, 1.02 - share * 0.15)),) * 2, top=base, bottom=base + 5)
    ground(canvas, horizon + (canvas.height - horizon) * 0.5, scaled(sand, 0.9), scaled(sand, 0.97))
    return horizon + (canvas.height - horizon) * 0.2


def park(canvas: Canvas, horizon: float) -> float:
    rng, light = canvas.rng, canvas.light
    sky(canvas, horizon)
    for depth in (0.6, 0.35):
        skyline(canvas, horizon, depth)
    ridge(canvas, horizon + 6, canvas.unit * 0.1, mix((70, 110, 72), light.haze, 0.25), rough=3)
    lawn = pick(rng, (112, 154, 86), (128, 160, 92), (96, 136, 80))
    ground(canvas, horizon, scaled(lawn, 0.9), scaled(lawn, 1.08))
    blades(canvas, horizon, lawn, count=110, length=0.02)
    start, end = canvas.width * rng.uniform(0.2, 0.8), canvas.width * rng.uniform(0.1, 0.9)
    far, near = canvas.unit * 0.03, canvas.unit * 0.26
    middle = horizon + (canvas.height - horizon) * 0.4
    bend = (start + end) / 2 + canvas.width * rng.normal(0, 0.1)
    left = [(start - far, horizon), (bend - far * 3, middle), (end - near, canvas.height)]
    right = [(end + near, canvas.height), (bend + far * 3, middle), (start + far, horizon)]
    canvas.brush.polygon([*left, *right], pick(rng, (206, 194, 174), (186, 182, 178)))
    return horizon


def pond(canvas: Canvas, horizon: float) -> float:
    rng, light = canvas.rng, canvas.light
    sky(canvas, horizon)
    green = pick(rng, (92, 130, 78), (122, 138, 76), (74, 116, 88))
    ridge(canvas, horizon + 6, horizon * 0.35, mix(scaled(green, 0.8), light.haze, 0.4), rough=2)
    ground(canvas, horizon, scaled(green, 0.85), green)
    bank = horizon + (canvas.height - horizon) * rng.uniform(0.5, 0.75)
    water = pick(rng, (70, 116, 132), (84, 126, 118), (62, 98, 124))
    canvas.gradient(
        (light.on(mix(water, green, 0.6)), mix(light.on(water), light.sky[1], 0.3), light.on(water)),
        top=horizon + canvas.unit * 0.03,
        bottom=bank,
    )
    ripples(canvas, horizon + canvas.unit * 0.04, bank, mix(water, (235, 245, 245), 0.4), count=55)
    for _ in range(int(rng.integers(2, 8))):
        at = (rng.random() * canvas.width, horizon + (bank - horizon) * rng.uniform(0.3, 0.9))
        canvas.brush.ellipse(at, (canvas.unit * 0.03, canvas.unit * 0.011), varied((104, 150, 84), rng))
    x = np.linspace(0, canvas.width, 30)
    edge = [(float(a), bank + canvas.unit * 0.02 * math.sin(a / canvas.width * 9 + light.side * 5)) for a in x]
    canvas.brush.polygon(
        [*edge, (canvas.width, bank + canvas.unit * 0.06), (0, bank + canvas.unit * 0.06)], scaled(green, 0.9)
    )
    blades(canvas, bank, scaled(green, 1.1), count=130, length=0.06)
    return bank


OPEN_AIR: dict[str, Callable[[Canvas, float], float]] = {
    "beach": beach,
    "forest": forest,
    "meadow": meadow,
    "snow": snow,
    "desert": desert,
    "city park": park,
    "pond": pond,
}
