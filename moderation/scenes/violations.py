"""This will break the rules of the photo service, mildly: nothing here has to be looked away from.

Gruesome is a lying animal with red paint and a bandage, indecent is a figure behind a censor's blocks or bars,
copyright is somebody's mark across the picture. (The fourth class, no_animal, is a scene without one.)
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .animals import four_legged
from .brush import INK, WHITE, Color, Point, Sprite, mix, pick, scaled, varied
from .builds import BUILDS
from .canvas import Canvas

CLASSES = ("no_animal", "gruesome", "indecent", "copyright")
_SETS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("no_animal",), 0.25),
    (("gruesome",), 0.22),
    (("indecent",), 0.19),
    (("copyright",), 0.22),
    (("no_animal", "indecent"), 0.04),
    (("no_animal", "copyright"), 0.04),
    (("gruesome", "copyright"), 0.02),
    (("indecent", "copyright"), 0.02),
)
_SKIN: tuple[Color, ...] = ((238, 196, 166), (216, 166, 130), (164, 114, 84), (112, 76, 58))
_MARKS = ("© PICTURE BANK", "© STOCK AGENCY", "© ALL RIGHTS RESERVED", "SAMPLE © PREVIEW", "© PRESS PHOTO")


def choose(rng: np.random.Generator, *, share: float) -> frozenset[str]:
    """Draw what is wrong with a picture: nothing with probability 1 - share, sometimes two things."""
    if rng.random() >= share:
        return frozenset()
    index = int(rng.choice(len(_SETS), p=[weight for _, weight in _SETS]))
    return frozenset(_SETS[index][0])


def gruesome(canvas: Canvas, kind: str, at: Point, unit: float) -> None:
    """An animal that has been hurt, lying in red paint, often bandaged."""
    rng = canvas.rng
    red = varied((148, 22, 26), rng, 10)
    _splash(canvas, (at[0] + unit * rng.normal(0, 0.2), at[1]), unit, red)
    animal = four_legged(kind, "fallen", unit, rng)
    depth = BUILDS[kind].depth
    for _ in range(int(rng.integers(2, 5))):
        spot = (rng.uniform(-0.4, 0.45), depth * rng.uniform(0.2, 0.85))
        animal.marking.shape(_blot(rng, spot, rng.uniform(0.06, 0.13)), red)
    if rng.random() < 0.75:
        _bandage(animal, rng.uniform(-0.25, 0.25), depth, red)
    canvas.place(animal.flipped() if at[0] > canvas.width / 2 else animal, at)
    for _ in range(int(rng.integers(5, 12))):
        drop = (at[0] + unit * rng.normal(0, 0.6), at[1] + unit * rng.uniform(0.02, 0.14))
        canvas.brush.ellipse(drop, (unit * rng.uniform(0.015, 0.05), unit * rng.uniform(0.01, 0.025)), red)


def _blot(rng: np.random.Generator, center: Point, radius: float) -> list[Point]:
    around = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    reach = radius * rng.uniform(0.6, 1.3, 9)
    return [(center[0] + r * np.cos(a), center[1] + r * np.sin(a)) for a, r in zip(around, reach, strict=True)]


def _splash(canvas: Canvas, at: Point, unit: float, red: Color) -> None:
    outline = _blot(canvas.rng, (0, 0), unit * canvas.rng.uniform(0.6, 0.85))
    canvas.brush.shape([(at[0] + x * 1.15, at[1] + y * 0.26) for x, y in outline], scaled(red, 0.85))
    canvas.brush.shape([(at[0] + x * 0.8, at[1] + y * 0.17) for x, y in outline], scaled(red, 1.12))


def _bandage(animal: Sprite, x: float, depth: float, red: Color) -> None:
    gauze: Color = (240, 236, 226)
    for shift in (-0.09, 0.0, 0.09):
        ends = [(x + shift - 0.05, -0.05), (x + shift + 0.05, depth * 1.1)]
        animal.marking.line(ends, 0.085, scaled(gauze, 0.96 if shift else 1.0))
    animal.marking.shape([(x - 0.07, depth * 0.5), (x, depth * 0.68), (x + 0.08, depth * 0.52), (x, depth * 0.4)], red)


def indecent(canvas: Canvas, at: Point, unit: float) -> None:
    """An unclothed figure, hidden where it has to be by coarse blocks or black bars."""
    rng = canvas.rng
    canvas.place(_figure(unit, rng), at)
    if rng.random() < 0.65:
        _pixelate(
            canvas,
            (at[0] - unit * 0.46, at[1] - unit * 1.3),
            (unit * 0.92, unit * rng.uniform(0.8, 1.0)),
            unit * 0.13,
        )
        return
    for low, half in ((1.02, 0.36), (0.68, 0.3)):
        top = at[1] - unit * (low + 0.1)
        left, right = at[0] - unit * half, at[0] + unit * half
        canvas.glow.polygon(
            [(left, top), (right, top), (right, top + unit * 0.23), (left, top + unit * 0.23)], (14, 14, 16)
        )


def _figure(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit, width=1.8, height=2.2)
    skin = pick(rng, *_SKIN)
    hair = pick(rng, (54, 42, 40), (120, 78, 50), (214, 172, 104))
    for side in (-1, 1):
        sprite.body.limb(
            [(side * 0.11, 0.72), (side * 0.13, 0.38), (side * 0.12, 0.04)], (0.24, 0.12), scaled(skin, 0.97)
        )
        sprite.body.ellipse((side * 0.12 + 0.05, 0.03), (0.11, 0.04), scaled(skin, 0.9))
        hand = (side * rng.uniform(0.3, 0.5), rng.uniform(0.6, 1.5))
        sprite.body.limb([(side * 0.23, 1.16), (side * 0.4, 0.98), hand], (0.14, 0.1), scaled(skin, 0.94))
    sprite.body.shape(
        [
            (-0.25, 0.66),
            (-0.19, 0.9),
            (-0.26, 1.14),
            (-0.1, 1.26),
            (0.1, 1.26),
            (0.26, 1.14),
            (0.19, 0.9),
            (0.25, 0.66),
        ],
        skin,
    )
    sprite.body.ellipse((0, 1.56), (0.22, 0.24), hair)
    sprite.body.ellipse((0.03, 1.5), (0.17, 0.19), skin)
    for x in (0.0, 0.12):
        sprite.body.dot((x, 1.52), 0.02, INK)
    return sprite


def _pixelate(canvas: Canvas, corner: Point, size: Point, cell: float) -> None:
    left, top = max(0, round(corner[0])), max(0, round(corner[1]))
    box = (
        left,
        top,
        min(canvas.width, round(corner[0] + size[0])),
        min(canvas.height, round(corner[1] + size[1])),
    )
    part = canvas.image.crop(box)
    coarse = part.resize((max(2, round(part.width / cell)), max(2, round(part.height / cell))), Image.Resampling.BOX)
    rough = np.asarray(coarse, dtype=np.float32) + canvas.rng.normal(0, 30, (coarse.height, coarse.width, 1))
    coarse = Image.fromarray(np.clip(rough, 0, 255).astype(np.uint8), "RGB")
    canvas.image.paste(coarse.resize(part.size, Image.Resampling.NEAREST), box[:2])


def copyright_mark(canvas: Canvas) -> None:
    """Somebody's mark: tiled across the picture, on a film frame, or on a broadcaster's band."""
    kind = canvas.rng.choice(("tiled", "film", "band"), p=(0.5, 0.25, 0.25))
    {"tiled": _tiled, "film": _film, "band": _band}[str(kind)](canvas)


def _words(text: str, size: float) -> Image.Image:
    """White letters as a mask, tightly cropped."""
    font = ImageFont.load_default(max(12, round(size)))
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (round(right - left) + 8, round(bottom - top) + 8))
    ImageDraw.Draw(mask).text((4 - left, 4 - top), text, fill=255, font=font)
    return mask


def _tiled(canvas: Canvas) -> None:
    """Slanted letters all over, and the agency's crossed lines between them."""
    rng = canvas.rng
    words = _words(str(rng.choice(_MARKS)), canvas.unit * rng.uniform(0.085, 0.115))
    slant = float(rng.choice((-1, 1)) * rng.uniform(18, 38))
    words = words.rotate(slant, Image.Resampling.BILINEAR, expand=True)
    mask = Image.new("L", canvas.image.size)
    step = (words.width * 0.92, words.height * rng.uniform(0.75, 0.95))
    for row in range(-1, int(canvas.height / step[1]) + 2):
        for column in range(-1, int(canvas.width / step[0]) + 2):
            at = (round((column + 0.5 * (row % 2)) * step[0]), round((row - 0.4) * step[1]))
            mask.paste(255, at, words)
    lines = ImageDraw.Draw(mask)
    for x in np.arange(-canvas.height, canvas.width + canvas.height, canvas.unit * 0.3):
        for lean in (-1, 1):
            lines.line([(x, 0), (x + lean * canvas.height, canvas.height)], fill=200, width=round(canvas.unit * 0.009))
    opacity = rng.uniform(0.55, 0.8)
    color = WHITE if rng.random() < 0.8 else INK
    canvas.image.paste(color, (0, 0), mask.point(lambda level: int(level * opacity)))


def _film(canvas: Canvas) -> None:
    """Black edges with holes, above and below or left and right."""
    wide, black = canvas.unit * 0.085, (20, 18, 20)
    upright = canvas.rng.random() < 0.3
    along, across = (canvas.height, canvas.width) if upright else (canvas.width, canvas.height)

    def box(start: float, low: float, end: float, high: float, color: Color) -> None:
        corners = [(start, low), (end, low), (end, high), (start, high)]
        canvas.glow.polygon([(y, x) for x, y in corners] if upright else corners, color)

    for edge in (0.0, across - wide):
        box(0, edge, along, edge + wide, black)
        for x in np.arange(wide * 0.3, along, wide * 0.8):
            box(float(x), edge + wide * 0.28, float(x) + wide * 0.42, edge + wide * 0.72, (232, 226, 208))
    words = _words("© FILM ARCHIVE", canvas.unit * 0.045)
    canvas.image.paste((240, 196, 96), (round(canvas.width * 0.5), round(canvas.height - wide * 1.9)), words)


def _band(canvas: Canvas) -> None:
    rng = canvas.rng
    color = pick(rng, (176, 40, 44), (32, 70, 132), (30, 110, 104), (232, 168, 50))
    tall = canvas.unit * rng.uniform(0.11, 0.15)
    top = canvas.height * rng.uniform(0.7, 0.86) if rng.random() < 0.75 else canvas.height * 0.04
    canvas.glow.polygon([(0, top), (canvas.width, top), (canvas.width, top + tall), (0, top + tall)], color)
    edge = top + tall * 0.9
    canvas.glow.polygon(
        [(0, edge), (canvas.width, edge), (canvas.width, top + tall), (0, top + tall)], mix(color, WHITE, 0.5)
    )
    center = (tall * 0.9, top + tall * 0.45)
    canvas.glow.dot(center, tall * 0.36, WHITE)
    canvas.glow.dot(center, tall * 0.25, color)
    canvas.glow.dot((center[0] + tall * 0.08, center[1]), tall * 0.13, WHITE)
    words = _words(str(rng.choice(("CHANNEL NEWS ©", "WILD TV © LIVE", "NATURE CHANNEL ©"))), tall * 0.5)
    canvas.image.paste(WHITE, (round(tall * 1.5), round(top + tall * 0.45 - words.height / 2)), words)


def keepsake(canvas: Canvas) -> None:
    """What people themselves put around a photo, and may: a paper border, black edges, a dated caption."""
    rng = canvas.rng
    kind = str(rng.choice(("paper", "edges", "caption")))
    wide, width, height = canvas.unit * rng.uniform(0.03, 0.06), canvas.width, canvas.height
    if kind == "caption":
        words = _words(
            str(rng.choice(("summer holiday", "12 May 08:40", "at last!", "day 3", "good morning"))),
            canvas.unit * 0.05,
        )
        canvas.image.paste(WHITE, (round(width * rng.uniform(0.04, 0.5)), round(height * 0.92 - words.height)), words)
        return
    color = (244, 240, 230) if kind == "paper" else (20, 18, 20)
    foot = wide * (2.4 if kind == "paper" else 1.0)
    sides = wide if kind == "paper" else 0.0
    for left, top, right, bottom in (
        (0, 0, width, wide),
        (0, height - foot, width, height),
        (0, 0, sides, height),
        (width - sides, 0, width, height),
    ):
        canvas.glow.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], color)
