"""This will hold the picture while it is painted, and finish it: half the size, a vignette, gentle grain."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .brush import Brush, Color, Point, Sprite
from .light import Light

SCALE = 2
_SOFT = 8


class Canvas:
    """A picture at twice its final size. `brush` takes pixels, y down, and sees colors in the scene's light."""

    def __init__(self, size: tuple[int, int], *, light: Light, rng: np.random.Generator) -> None:
        self.width, self.height = size[0] * SCALE, size[1] * SCALE
        self.unit = min(self.width, self.height)
        self.light = light
        self.rng = rng
        self.image = Image.new("RGB", (self.width, self.height))
        draw = ImageDraw.Draw(self.image)
        self.brush = Brush([(draw, light.on)], origin=(0, 0), unit=1, up=1)
        self.glow = Brush([(draw, lambda color: color)], origin=(0, 0), unit=1, up=1)

    def gradient(self, stops: tuple[Color, ...], *, top: float, bottom: float) -> None:
        """Fill from row `top` to row `bottom` through the colors, as given (not lit)."""
        first, last = round(top), max(round(bottom), round(top) + 1)
        at = np.linspace(0, len(stops) - 1, last - first)
        rows = np.stack([np.interp(at, range(len(stops)), [stop[c] for stop in stops]) for c in range(3)], axis=-1)
        column = Image.fromarray(rows.astype(np.uint8)[:, None, :], "RGB")  # [rows, 1, 3]
        self.image.paste(column.resize((self.width, last - first), Image.Resampling.NEAREST), (0, first))

    def patchy(self, stops: tuple[Color, ...], *, top: float, contrast: float) -> None:
        """A gradient (not lit) from row `top` to the lower edge, uneven in patches by `contrast`, a share of 1."""
        rows, columns = 16, 10
        at = np.linspace(0, len(stops) - 1, rows)
        base = np.stack([np.interp(at, range(len(stops)), [stop[c] for stop in stops]) for c in range(3)], axis=-1)
        patches = 1 + contrast * self.rng.uniform(-1, 0.8, (rows, columns, 1))  # [rows, columns, 1]
        field = np.clip(base[:, None] * patches, 0, 255).astype(np.uint8)  # [rows, columns, 3]
        size = (self.width, max(1, self.height - round(top)))
        smooth = Image.fromarray(field, "RGB").resize((160, 100), Image.Resampling.BICUBIC)
        self.image.paste(smooth.resize(size, Image.Resampling.BILINEAR), (0, round(top)))

    def soft(self, paint: Callable[[Brush], None], color: Color, *, opacity: float, blur: float) -> None:
        """Lay a blurred veil of one color (as given, not lit) over whatever `paint` covers; `blur` in pixels."""
        mask = Image.new("L", (self.width // _SOFT + 1, self.height // _SOFT + 1))
        level = round(255 * opacity)
        paint(Brush([(ImageDraw.Draw(mask), lambda _: level)], origin=(0, 0), unit=1 / _SOFT, up=1))
        box = mask.getbbox()
        if box is None:
            return
        margin = round(2.5 * blur / _SOFT) + 2
        left, top = max(0, box[0] - margin), max(0, box[1] - margin)
        mask = mask.crop((left, top, min(mask.width, box[2] + margin), min(mask.height, box[3] + margin)))
        mask = mask.filter(ImageFilter.GaussianBlur(blur / _SOFT))
        self.image.paste(color, (left * _SOFT, top * _SOFT), mask.resize((mask.width * _SOFT, mask.height * _SOFT)))

    def place(self, sprite: Sprite, at: Point, *, shadow: float = 0.3) -> None:
        """Put a figure with its foot point at `at`, on a soft shadow of the given darkness (0 = floating)."""
        colors, mask, foot = sprite.lit(self.light.ambient, self.rng, side=self.light.side)
        if shadow:
            half = mask.width / 2
            center = (at[0] - foot[0] + half - 0.12 * self.light.side * half, at[1])
            radii = (half * 0.95, max(6.0, half * 0.17))
            dark = (14, 16, 28)
            self.soft(lambda b: b.ellipse(center, radii, dark), dark, opacity=shadow, blur=0.25 * radii[1] + 8)
        self.image.paste(colors, (round(at[0] - foot[0]), round(at[1] - foot[1])), mask)

    def finished(self, *, vignette: float, grain: float) -> Image.Image:
        """Halve the size, darken the corners by `vignette` (0..1), add noise of `grain` grey levels."""
        small = self.image.reduce(SCALE)
        pixels = np.array(small, dtype=np.float32)  # [H, W, 3]
        down = np.linspace(-1, 1, small.height, dtype=np.float32)[:, None]
        across = np.linspace(-1, 1, small.width, dtype=np.float32)[None, :]
        pixels *= (1 - vignette * (0.5 * (down**2 + across**2)) ** 1.5)[..., None]
        noise = self.rng.standard_normal(pixels.shape[:2], dtype=np.float32)
        pixels += (noise * np.float32(grain))[..., None]
        return Image.fromarray(np.clip(pixels, 0, 255, out=pixels).astype(np.uint8), "RGB")
