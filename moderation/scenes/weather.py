"""This will let fall what hangs in the air in front of everything: mist, rain or snowflakes."""

from .brush import mix
from .canvas import Canvas


def fall(canvas: Canvas) -> None:
    """Paint the weather of the canvas's light over what is there; clear and cloudy air leave it alone."""
    rng, light = canvas.rng, canvas.light
    if light.weather == "mist":
        middle = canvas.height * rng.uniform(0.35, 0.6)
        band = (canvas.width / 2, middle)
        canvas.soft(
            lambda b: b.ellipse(band, (canvas.width, canvas.height * 0.22), light.haze),
            light.haze,
            opacity=0.42,
            blur=canvas.unit * 0.12,
        )
    if light.weather == "rain":
        for x, y in rng.random((110, 2)):
            start = (x * canvas.width, y * canvas.height)
            canvas.brush.line([start, (start[0] - 10, start[1] + 44)], 1.5, mix(light.haze, (235, 240, 246), 0.4))
    if light.weather == "snowfall":
        for x, y, size in rng.random((130, 3)):
            canvas.brush.dot((x * canvas.width, y * canvas.height), 2 + 5 * size**2, (248, 250, 253))
