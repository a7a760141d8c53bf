"""This will draw what is not an animal: houses, cars, trees, balls, clothed people, and rocks that look like one.

They stand in fine pictures too, beside the animal; what makes `no_animal` is only that nothing else is there.
Units: about one unit tall or wide, the ground is y = 0.
"""

from collections.abc import Callable

import numpy as np
from PIL import ImageDraw, ImageFont

from .brush import INK, WHITE, Color, Sprite, mix, pick, scaled, turned, varied

_PAINT: tuple[Color, ...] = (
    (194, 66, 56),
    (66, 106, 152),
    (226, 178, 80),
    (238, 234, 226),
    (92, 128, 104),
    (70, 68, 78),
    (172, 120, 84),
    (160, 128, 168),
)
_SKIN: tuple[Color, ...] = ((236, 196, 164), (206, 156, 120), (150, 104, 76), (104, 72, 56))
_HAIR: tuple[Color, ...] = ((52, 42, 40), (110, 74, 50), (206, 164, 98), (170, 168, 166), (160, 76, 48))


def house(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit)
    wall, roof, tall = pick(rng, *_PAINT), pick(rng, *_PAINT), rng.uniform(0.5, 0.8)
    wall = mix(wall, WHITE, 0.45)
    sprite.body.polygon([(0.28, tall), (0.28, tall + 0.5), (0.42, tall + 0.5), (0.42, tall)], (150, 104, 90))
    sprite.body.polygon([(-0.6, 0), (-0.6, tall), (0.6, tall), (0.6, 0)], wall)
    sprite.body.polygon([(-0.75, tall - 0.04), (0, tall + 0.55), (0.75, tall - 0.04)], scaled(roof, 0.85))
    sprite.body.polygon([(-0.1, 0), (-0.1, 0.36), (0.1, 0.36), (0.1, 0)], scaled(roof, 0.6))
    for x in (-0.38, 0.36):
        for y in (0.22, 0.5)[: 1 if tall < 0.65 else 2]:
            sprite.body.polygon([(x - 0.12, y), (x - 0.12, y + 0.18), (x + 0.12, y + 0.18), (x + 0.12, y)], WHITE)
            sprite.body.polygon(
                [(x - 0.09, y + 0.03), (x - 0.09, y + 0.15), (x + 0.09, y + 0.15), (x + 0.09, y + 0.03)],
                (120, 150, 172),
            )
    return sprite


def car(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit)
    color, glass = pick(rng, *_PAINT), (150, 186, 204)
    cabin = rng.uniform(0.6, 0.8)
    sprite.body.shape([(-0.5, 0.4), (-0.34, cabin), (0.2, cabin + 0.02), (0.48, 0.4)], color)
    sprite.marking.shape([(-0.38, 0.44), (-0.28, cabin - 0.07), (-0.04, cabin - 0.06), (-0.04, 0.44)], glass)
    sprite.marking.shape([(0.02, 0.44), (0.02, cabin - 0.06), (0.18, cabin - 0.06), (0.36, 0.44)], glass)
    sprite.body.shape(
        [(-0.92, 0.16), (-0.92, 0.38), (-0.5, 0.46), (0.5, 0.45), (0.9, 0.34), (0.94, 0.16), (0, 0.1)], color
    )
    sprite.body.ellipse((0.88, 0.3), (0.06, 0.05), (250, 232, 170))
    for x in (-0.52, 0.52):
        sprite.body.dot((x, 0.14), 0.18, (44, 42, 48))
        sprite.body.dot((x, 0.14), 0.08, (190, 190, 194))
    return sprite


def round_tree(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit, height=2.2)
    leaf = pick(rng, (86, 130, 70), (122, 142, 66), (196, 122, 58), (178, 70, 54), (224, 160, 176))
    sprite.body.limb([(0, 0), (0.03, 0.4), (0, 0.8)], (0.18, 0.1), (104, 78, 62))
    for x, y, size in zip(rng.normal(0, 0.3, 9), rng.uniform(0.75, 1.4, 9), rng.uniform(0.2, 0.36, 9), strict=True):
        sprite.body.dot((x, y), size, varied(leaf, rng, 9))
    return sprite


def pine(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit, height=2.2)
    leaf = pick(rng, (52, 92, 74), (70, 106, 70), (86, 120, 110))
    sprite.body.line([(0, 0), (0, 0.4)], 0.12, (92, 70, 58))
    for step in range(4):
        half, base = 0.52 - step * 0.11, 0.25 + step * 0.34
        sprite.body.polygon([(-half, base), (0, base + 0.62), (half, base)], scaled(leaf, 0.9 + 0.07 * step))
    return sprite


def bush(unit: float, rng: np.random.Generator) -> Sprite:
    """A clipped bush that could be a teddy bear from afar: round head, two round lumps, no face."""
    sprite = Sprite(unit)
    leaf = pick(rng, (92, 128, 76), (124, 122, 72), (132, 96, 66), (74, 108, 84))
    lumps = [
        (0, 0.3, 0.46),
        (0, 0.86, 0.34),
        (-0.28, 1.14, 0.15),
        (0.28, 1.14, 0.15),
        (-0.42, 0.5, 0.18),
        (0.42, 0.5, 0.18),
    ]
    for x, y, size in lumps:
        sprite.body.dot((x + rng.normal(0, 0.03), y), size, varied(leaf, rng, 6))
        for angle in rng.uniform(0, 6.28, 9):
            sprite.body.dot(
                (x + size * np.cos(angle) * 0.92, max(0.02, y + size * np.sin(angle) * 0.92)),
                0.07,
                varied(leaf, rng, 10),
            )
    return sprite


def rock(unit: float, rng: np.random.Generator) -> Sprite:
    """A boulder with a smaller one where a head would be, sometimes with two pointed corners."""
    sprite = Sprite(unit)
    stone = pick(rng, (138, 134, 132), (164, 142, 118), (108, 104, 110), (186, 180, 170))
    rough = [(-0.72, 0.02), (-0.66, 0.36), (-0.3, 0.56), (0.2, 0.5), (0.5, 0.34), (0.6, 0.02)]
    sprite.body.polygon([(x + rng.normal(0, 0.05), max(0, y + rng.normal(0, 0.05))) for x, y in rough], stone)
    tall = rng.uniform(0.55, 0.85)
    upper = [
        (0.25, 0.3),
        (0.22, tall),
        (0.34, tall + 0.18),
        (0.48, tall + 0.04),
        (0.66, tall + 0.14),
        (0.74, tall - 0.14),
        (0.6, 0.34),
    ]
    sprite.body.polygon([(x + rng.normal(0, 0.03), y) for x, y in upper], scaled(stone, 1.08))
    for _ in range(4):
        x, y = rng.uniform(-0.5, 0.5), rng.uniform(0.05, 0.45)
        sprite.marking.line([(x, y), (x + rng.normal(0, 0.15), y + rng.normal(0, 0.12))], 0.02, scaled(stone, 0.75))
    return sprite


def ball(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit)
    first, second = pick(rng, *_PAINT), pick(rng, *_PAINT)
    sprite.body.dot((0, 0.4), 0.4, first)
    lean = rng.uniform(-0.6, 0.6)
    sprite.marking.ellipse((0, 0.4), (0.16, 0.4), mix(second, WHITE, 0.3), lean)
    sprite.marking.dot((0, 0.4), 0.07, WHITE)
    return sprite


def person(unit: float, rng: np.random.Generator) -> Sprite:
    """Somebody in clothes, standing or waving; no one in particular."""
    sprite = Sprite(unit, width=1.8, height=2.2)
    skin, hair = pick(rng, *_SKIN), pick(rng, *_HAIR)
    top, legs, lift = pick(rng, *_PAINT), scaled(pick(rng, *_PAINT), 0.75), rng.uniform(-0.5, 0.55)
    for side in (-1, 1):
        sprite.body.limb([(side * 0.1, 0.72), (side * 0.12, 0.04)], (0.2, 0.14), legs)
        sprite.body.ellipse((side * 0.12 + 0.05, 0.03), (0.12, 0.045), INK)
    for side, up in ((-1, 0.0), (1, lift)):
        hand = (side * (0.42 if up > 0 else 0.34), 0.72 + 0.6 * up)
        sprite.body.limb([(side * 0.22, 1.16), (side * 0.36, 0.95 + 0.2 * up), hand], (0.15, 0.11), scaled(top, 0.9))
        sprite.body.dot(hand, 0.07, skin)
    sprite.body.shape([(-0.24, 0.66), (-0.25, 1.15), (-0.1, 1.26), (0.1, 1.26), (0.25, 1.15), (0.24, 0.66)], top)
    sprite.body.limb([(0, 1.2), (0, 1.34)], (0.12, 0.12), skin)
    sprite.body.ellipse((0, 1.56), (0.22, 0.24), scaled(hair, 0.9))
    sprite.body.ellipse((0.03, 1.5), (0.17, 0.19), skin)
    for x in (0.0, 0.12):
        sprite.body.dot((x, 1.52), 0.02, INK)
    return sprite


def sign(unit: float, rng: np.random.Generator) -> Sprite:
    """A wooden board with a word on it, so that lettering is nothing special."""
    sprite = Sprite(unit)
    wood = pick(rng, (170, 128, 90), (236, 228, 208), (96, 118, 110))
    for x in (-0.4, 0.4):
        sprite.body.line([(x, 0), (x, 0.8)], 0.07, (110, 82, 64))
    sprite.body.polygon([(-0.7, 0.42), (-0.7, 0.98), (0.7, 0.98), (0.7, 0.42)], wood)
    word = str(rng.choice(("WELCOME", "TRAIL 4", "OPEN", "FARM", "LAKE 2 km", "CAFE", "PLEASE\nKEEP LEFT", "QUIET")))
    pixels = sprite.marking.to_pixels([(0, 0.7)])[0]
    ink = INK if sum(wood) > 340 else WHITE
    font = ImageFont.load_default(max(10, round(0.2 * unit)))
    ImageDraw.Draw(sprite.colors).multiline_text(pixels, word, fill=ink, font=font, anchor="mm", align="center")
    return sprite


def flowers(unit: float, rng: np.random.Generator) -> Sprite:
    """A tuft of poppies, asters or daisies, as red as anything in a gruesome picture."""
    sprite = Sprite(unit)
    petal = pick(rng, (196, 36, 38), (204, 46, 44), (236, 230, 236), (238, 190, 66), (150, 104, 190))
    for x in rng.normal(0, 0.35, 9):
        tall = rng.uniform(0.25, 0.75)
        sprite.body.line([(x * 0.6, 0), (x, tall)], 0.025, (84, 122, 70))
        for angle in np.linspace(0, 6.28, 6)[:-1]:
            at = turned([(0.075, 0)], angle)[0]
            sprite.body.dot((x + at[0], tall + at[1] * 0.7), 0.065, varied(petal, rng, 8))
        sprite.body.dot((x, tall), 0.04, (70, 54, 44) if petal[1] < 80 else (226, 172, 70))
    return sprite


def blanket(unit: float, rng: np.random.Generator) -> Sprite:
    """A checkered picnic blanket: large squares that are no pixelation, often red."""
    sprite = Sprite(unit)
    first, second = pick(rng, *_PAINT), mix(pick(rng, *_PAINT), WHITE, 0.75)
    rows, columns = 5, 8
    for row in range(rows):
        for column in range(columns):
            low, high = row / rows, (row + 1) / rows
            edges = [
                (column / columns - 0.5, low),
                ((column + 1) / columns - 0.5, low),
                ((column + 1) / columns - 0.5, high),
                (column / columns - 0.5, high),
            ]
            color = first if (row + column) % 2 else second
            sprite.body.polygon([(x * (2.0 - 0.6 * y), y * 0.42) for x, y in edges], color)
    return sprite


def cactus(unit: float, rng: np.random.Generator) -> Sprite:
    sprite = Sprite(unit, height=2.0)
    green = pick(rng, (92, 132, 86), (112, 136, 78))
    sprite.body.limb([(0, 0), (0, 1.2)], (0.28, 0.26), green)
    for side, low in ((-1, rng.uniform(0.3, 0.6)), (1, rng.uniform(0.4, 0.7))):
        sprite.body.limb(
            [(0, low), (side * 0.34, low + 0.04), (side * 0.36, low + 0.45)],
            (0.17, 0.16),
            scaled(green, 0.95),
        )
    return sprite


THINGS: dict[str, Callable[[float, np.random.Generator], Sprite]] = {
    "house": house,
    "car": car,
    "tree": round_tree,
    "pine": pine,
    "bush": bush,
    "rock": rock,
    "ball": ball,
    "person": person,
    "sign": sign,
    "flowers": flowers,
    "blanket": blanket,
    "cactus": cactus,
}

LOOKALIKES = ("bush", "rock")
FITTING: dict[str, tuple[str, ...]] = {
    "beach": ("ball", "person", "rock", "blanket", "sign", "house"),
    "forest": ("tree", "pine", "bush", "rock", "person", "sign", "flowers"),
    "meadow": ("house", "tree", "bush", "person", "ball", "flowers", "blanket", "car"),
    "snow": ("house", "pine", "rock", "person", "car", "sign", "ball"),
    "desert": ("cactus", "rock", "car", "sign", "person", "bush"),
    "city park": ("car", "tree", "bush", "person", "ball", "sign", "flowers", "blanket"),
    "living room": ("ball", "person", "flowers", "blanket"),
    "pond": ("rock", "tree", "bush", "person", "sign", "flowers", "person"),
}
