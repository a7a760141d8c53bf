"""This will draw smooth shapes, and turn a group of them into one softly lit figure.

Everything is drawn at twice the final size; halving it at the end is the anti-aliasing. Figures are drawn in
their own units (x to the right, y up, the ground at 0), so one recipe serves every size, place and direction.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Color = tuple[int, int, int]
Point = tuple[float, float]
Points = Sequence[Point]
Surface = tuple[ImageDraw.ImageDraw, Callable[[Color], Color | int]]

WHITE: Color = (250, 249, 246)
INK: Color = (30, 28, 32)


def mix(first: Color, second: Color, share: float) -> Color:
    """The color `share` (0..1) of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def scaled(color: Color, factor: float) -> Color:
    """The color made darker (factor below 1) or lighter (above 1), kept within 0..255."""
    red, green, blue = (max(0, min(255, round(channel * factor))) for channel in color)
    return red, green, blue


def varied(color: Color, rng: np.random.Generator, amount: float = 12.0) -> Color:
    """The color moved a little at random: in lightness, and less in each channel."""
    shift = rng.normal(0, amount)
    red, green, blue = (max(0, min(255, round(c + shift + rng.normal(0, amount / 3)))) for c in color)
    return red, green, blue


def pick(rng: np.random.Generator, *colors: Color) -> Color:
    """One of the colors, moved a little at random."""
    return varied(colors[int(rng.integers(len(colors)))], rng, 8)


def turned(points: Points, angle: float, *, about: Point = (0.0, 0.0)) -> list[Point]:
    """The points turned counterclockwise (y up) by `angle` radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    offsets = [(x - about[0], y - about[1]) for x, y in points]
    return [(about[0] + x * cos - y * sin, about[1] + x * sin + y * cos) for x, y in offsets]


def round_trip(points: Points, steps: int = 8) -> list[Point]:
    """A closed Catmull-Rom curve through the points, `steps` samples between each two."""
    knots = np.asarray(points, dtype=np.float64)  # [P, 2]
    before, after, beyond = np.roll(knots, 1, 0), np.roll(knots, -1, 0), np.roll(knots, -2, 0)
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]  # [1, S, 1]
    a, b, c, d = before[:, None], knots[:, None], after[:, None], beyond[:, None]
    cubic = -a + 3 * b - 3 * c + d
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + cubic * t**3)
    return [(float(x), float(y)) for x, y in curve.reshape(-1, 2)]


def bow(points: Points, steps: int = 12) -> list[Point]:
    """An open curve through the points (Catmull-Rom with the ends doubled)."""
    closed = [points[0], *points, points[-1]]
    return [*round_trip(closed, steps)[steps : -2 * steps], points[-1]]


def oval(center: Point, radii: Point, angle: float = 0.0, steps: int = 36) -> list[Point]:
    """The points of an ellipse turned by `angle` radians."""
    around = np.linspace(0, 2 * math.pi, steps, endpoint=False)
    x, y = radii[0] * np.cos(around), radii[1] * np.sin(around)
    cos, sin = math.cos(angle), math.sin(angle)
    return list(zip((center[0] + x * cos - y * sin).tolist(), (center[1] + x * sin + y * cos).tolist(), strict=True))


class Brush:
    """Draws on one or more surfaces at once, from its own units to pixels."""

    def __init__(self, surfaces: Sequence[Surface], *, origin: Point, unit: float, up: int = -1) -> None:
        self.surfaces = surfaces
        self.origin = origin
        self.unit = unit
        self.up = up

    def to_pixels(self, points: Points) -> list[Point]:
        return [(self.origin[0] + x * self.unit, self.origin[1] + self.up * y * self.unit) for x, y in points]

    def polygon(self, points: Points, color: Color) -> None:
        pixels = self.to_pixels(points)
        for draw, ink in self.surfaces:
            draw.polygon(pixels, fill=ink(color))

    def shape(self, points: Points, color: Color) -> None:
        self.polygon(round_trip(points), color)

    def ellipse(self, center: Point, radii: Point, color: Color, angle: float = 0.0) -> None:
        if angle:
            self.polygon(oval(center, radii, angle), color)
            return
        x, y = self.origin[0] + center[0] * self.unit, self.origin[1] + self.up * center[1] * self.unit
        wide, tall = abs(radii[0] * self.unit), abs(radii[1] * self.unit)
        for draw, ink in self.surfaces:
            draw.ellipse((x - wide, y - tall, x + wide, y + tall), fill=ink(color))

    def dot(self, center: Point, radius: float, color: Color) -> None:
        self.ellipse(center, (radius, radius), color)

    def line(self, points: Points, width: float, color: Color) -> None:
        pixels = self.to_pixels(points)
        for draw, ink in self.surfaces:
            draw.line(pixels, fill=ink(color), width=max(1, round(width * self.unit)), joint="curve")

    def limb(self, points: Points, widths: tuple[float, float], color: Color) -> None:
        """A bent stroke with round ends, from the first width to the second (both are diameters)."""
        path = bow(points, 9)
        radii = np.linspace(widths[0] / 2, widths[1] / 2, len(path))
        for center, radius in zip(path, radii, strict=True):
            self.ellipse(center, (float(radius), float(radius)), color)
        for (start, end), radius in zip(zip(path, path[1:], strict=False), radii, strict=False):
            self.line([start, end], 2 * float(radius), color)


class Sprite:
    """A figure on its own transparent sheet: `body` adds to its outline, `marking` stays inside it."""

    def __init__(self, unit: float, *, width: float = 2.4, height: float = 2.0) -> None:
        size = (max(8, round(unit * width)), max(8, round(unit * height)))
        self.unit = unit
        self.colors = Image.new("RGB", size, (128, 128, 128))
        self.mask = Image.new("L", size, 0)
        self.origin = (size[0] / 2, size[1] - 0.15 * unit)
        on_colors: Surface = (ImageDraw.Draw(self.colors), lambda color: color)
        on_mask: Surface = (ImageDraw.Draw(self.mask), lambda _: 255)
        self.body = Brush([on_colors, on_mask], origin=self.origin, unit=unit)
        self.marking = Brush([on_colors], origin=self.origin, unit=unit)

    def flipped(self) -> "Sprite":
        """The same figure looking the other way; it can still be drawn on only before."""
        self.colors = self.colors.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        self.mask = self.mask.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return self

    def tilted(self, degrees: float) -> "Sprite":
        """The figure turned about its foot point (counterclockwise)."""
        bilinear = Image.Resampling.BILINEAR
        self.colors = self.colors.rotate(degrees, bilinear, center=self.origin, fillcolor=(128, 128, 128))
        self.mask = self.mask.rotate(degrees, bilinear, center=self.origin)
        return self

    def lit(self, tint: Color, rng: np.random.Generator, *, side: float) -> tuple[Image.Image, Image.Image, Point]:
        """Shade the figure as if it were round.

        Light comes from above and from `side` (-1 left .. 1 right) and has the color `tint` (255 = full).
        Returns the shaded RGB, its mask, and where the foot point lies in them, all cropped to the figure.
        The bulge is the slope of the blurred outline, worked out at a quarter of the size.
        """
        box = self.mask.getbbox() or (0, 0, 8, 8)
        colors, mask = self.colors.crop(box), self.mask.crop(box)
        small = mask.resize((max(4, mask.width // 4), max(4, mask.height // 4)), Image.Resampling.BOX)
        radius = max(2.0, 0.05 * math.hypot(*small.size))
        bulge = np.asarray(small.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / 255  # [h, w]
        down, right = np.gradient(bulge, axis=0), np.gradient(bulge, axis=1)
        slope = (0.85 * down - 0.5 * side * right) * radius
        light = 1.0 + 0.85 * slope + rng.normal(0, 0.018, slope.shape)  # [h, w]
        tone = np.asarray(tint, dtype=np.float32)
        darker = np.clip(light, 0.45, 1)[..., None] * tone  # [h, w, 3]
        lighter = np.clip(light - 1, 0, 0.3)[..., None] * tone * 0.6
        colors = ImageChops.multiply(colors, _stretched(darker, colors.size))
        colors = ImageChops.screen(colors, _stretched(lighter, colors.size))
        return colors, mask, (self.origin[0] - box[0], self.origin[1] - box[1])


def _stretched(field: np.ndarray, size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(field.astype(np.uint8), "RGB").resize(size, Image.Resampling.BILINEAR)
