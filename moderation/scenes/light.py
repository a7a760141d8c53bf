"""This will say how a time of day and the weather color a scene: its sky, and everything under it."""

from dataclasses import dataclass

import numpy as np

from .brush import Color, mix, varied

TIMES = ("day", "dusk", "night")
WEATHERS = ("clear", "cloudy", "mist", "rain", "snowfall")

# Top, middle and horizon of the sky; several of each, so that no time of day has one color.
_SKIES: dict[str, tuple[tuple[Color, Color, Color], ...]] = {
    "day": (
        ((78, 148, 212), (142, 194, 232), (222, 238, 244)),
        ((96, 172, 208), (162, 212, 222), (240, 240, 226)),
        ((112, 160, 214), (176, 204, 232), (248, 232, 214)),
    ),
    "dusk": (
        ((70, 74, 134), (196, 118, 138), (252, 188, 122)),
        ((52, 82, 130), (150, 130, 164), (250, 204, 160)),
        ((104, 72, 122), (222, 124, 108), (254, 206, 130)),
    ),
    "night": (
        ((12, 18, 48), (26, 38, 82), (58, 76, 120)),
        ((16, 14, 42), (40, 34, 84), (86, 78, 128)),
        ((8, 26, 46), (18, 52, 82), (52, 98, 122)),
    ),
}
_GREY: dict[str, Color] = {"day": (196, 204, 212), "dusk": (150, 132, 142), "night": (42, 50, 70)}
_AMBIENT: dict[str, Color] = {"day": (255, 253, 246), "dusk": (244, 200, 182), "night": (138, 148, 192)}
_VEIL: dict[str, float] = {"clear": 0.0, "cloudy": 0.55, "mist": 0.6, "rain": 0.75, "snowfall": 0.6}


@dataclass(frozen=True)
class Light:
    """`sky` is top, middle, horizon; `ambient` multiplies every color (255 = unchanged); `side` -1 left .. 1 right."""

    time: str
    weather: str
    sky: tuple[Color, Color, Color]
    ambient: Color
    side: float

    def on(self, color: Color) -> Color:
        """The color as it looks in this light."""
        red, green, blue = (c * a // 255 for c, a in zip(color, self.ambient, strict=True))
        return red, green, blue

    @property
    def haze(self) -> Color:
        """What far things fade into."""
        return self.sky[2]


def choose(rng: np.random.Generator, *, place: str) -> Light:
    """Draw the time, the weather and the side the light comes from. Snow falls only on snow, never in a desert."""
    time = str(rng.choice(TIMES, p=(0.56, 0.26, 0.18)))
    falling = {"snow": "snowfall", "desert": "mist", "living room": "rain"}.get(place, "rain")
    weather = str(rng.choice(("clear", "cloudy", "mist", falling), p=(0.5, 0.24, 0.13, 0.13)))
    veil, grey = _VEIL[weather], _GREY[time]
    top, middle, low = _SKIES[time][int(rng.integers(3))]
    sky = tuple(varied(mix(part, grey, veil * share), rng, 4) for part, share in ((top, 1), (middle, 0.9), (low, 0.6)))
    ambient = varied(mix(_AMBIENT[time], grey, veil * 0.35), rng, 5)
    return Light(time, weather, (sky[0], sky[1], sky[2]), ambient, float(rng.choice((-1, 1)) * rng.uniform(0.3, 1)))
