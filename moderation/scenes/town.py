"""This will paint houses in the distance, with some windows lit once it gets dark."""

from .brush import Color, Point, mix, pick, scaled
from .canvas import Canvas


def skyline(canvas: Canvas, horizon: float, depth: float) -> None:
    """A row of towers standing on the horizon; `depth` 0 (near) to 1 (lost in the haze)."""
    rng, light = canvas.rng, canvas.light
    x = -canvas.unit * 0.05
    while x < canvas.width:
        wide, tall = (
            canvas.unit * rng.uniform(0.08, 0.2),
            canvas.unit * rng.uniform(0.12, 0.42) * (0.6 + depth),
        )
        wall = mix(pick(rng, (150, 140, 148), (172, 138, 120), (120, 134, 152)), light.haze, depth)
        canvas.brush.polygon(
            [(x, horizon + 4), (x, horizon - tall), (x + wide, horizon - tall), (x + wide, horizon + 4)], wall
        )
        _windows(canvas, (x, horizon - tall), (wide, tall), wall)
        x += wide * rng.uniform(0.9, 1.5)


def _windows(canvas: Canvas, corner: Point, size: Point, wall: Color) -> None:
    step = canvas.unit * 0.032
    for row in range(1, int(size[1] / step)):
        for column in range(1, int(size[0] / step)):
            if canvas.rng.random() < 0.55:
                x, y = corner[0] + column * step - step * 0.5, corner[1] + row * step - step * 0.4
                box = [(x, y), (x + step * 0.4, y), (x + step * 0.4, y + step * 0.55), (x, y + step * 0.55)]
                lamp = canvas.light.time != "day"
                (canvas.glow if lamp else canvas.brush).polygon(
                    box, mix(wall, (250, 208, 130), 0.6) if lamp else scaled(wall, 0.85)
                )
