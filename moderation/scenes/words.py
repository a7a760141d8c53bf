"""This will write the titles and descriptions that people give their pictures, in plain English."""

import numpy as np

from .light import Light

_WHERE: dict[str, tuple[str, ...]] = {
    "beach": ("on the beach", "by the sea", "at low tide"),
    "forest": ("in the forest", "among the trees", "on the forest path"),
    "meadow": ("in the meadow", "behind the farm", "in the long grass"),
    "snow": ("in the snow", "up in the mountains", "on a winter walk"),
    "desert": ("in the desert", "out in the dunes", "on the dry plain"),
    "city park": ("in the city park", "on the lawn", "by the park path"),
    "living room": ("in the living room", "at home", "by the window"),
    "pond": ("by the pond", "at the water's edge", "down at the lake"),
}
_WHEN: dict[str, tuple[str, ...]] = {
    "day": ("this morning", "at noon", "this afternoon", "on Sunday"),
    "dusk": ("at sunset", "in the evening light", "just before dark"),
    "night": ("at night", "after dark", "under the moon"),
}
_AIR: dict[str, tuple[str, ...]] = {
    "clear": ("The light was lovely.", "Not a breath of wind.", "A clear sky at last."),
    "cloudy": ("A little grey, but mild.", "Clouds all day.", "The sun hid behind clouds."),
    "mist": ("Mist everywhere.", "The haze made it very quiet.", "You could hardly see the far side."),
    "rain": ("It had just begun to rain.", "We both got wet.", "Rain, again."),
    "snowfall": ("Big soft flakes.", "It snowed the whole time.", "Cold fingers, worth it."),
}
_TITLES = (
    "{a_subject} {where}",
    "{a_subject} {when}",
    "{subject}, {where}",
    "Found {a_subject_small} {when}",
    "{where}, {when}",
    "The {subject_small} {where}",
    "{subject} {where}, {when}",
)
_REMARKS = (
    "Taken {when} {where}.",
    "First try with the new camera.",
    "Cropped a little, nothing else changed.",
    "One of twenty, the only sharp one.",
    "My favorite of the week.",
    "We stayed for nearly an hour.",
    "Shot {where}, from quite far away.",
    "Please be kind, I am still learning.",
    "Phone picture, no filter.",
)


def write(rng: np.random.Generator, *, subject: str, place: str, light: Light) -> tuple[str, str]:
    """Return (title, description). They say what the poster would say, never that a rule is broken."""
    blanks = {
        "subject": _capital(subject),
        "subject_small": subject,
        "a_subject": _capital(_with_article(subject)),
        "a_subject_small": _with_article(subject),
        "where": _pick(rng, _WHERE[place]),
        "when": _pick(rng, _WHEN[light.time]),
    }
    title = _capital(_pick(rng, _TITLES).format(**blanks))
    sentences = [_pick(rng, _REMARKS).format(**blanks)]
    if place != "living room" and rng.random() < 0.6:
        sentences.insert(int(rng.integers(2)), _pick(rng, _AIR[light.weather]))
    return title, " ".join(sentences)


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _with_article(subject: str) -> str:
    if subject in ("flowers", "sheep"):
        return f"some {subject}"
    return f"an {subject}" if subject[0] in "aeiou" else f"a {subject}"
