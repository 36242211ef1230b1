"""Colours of numbers: ramps whose lightness grows with the value, and shades without colour.

What moves while it trains is drawn in colours of the 256 that terminals know by a number: the number
takes half the bytes.
"""

import math
from typing import Literal

RGB = tuple[int, int, int]
Look = Literal["colour", "shades", "ascii"]

SHADES = {"shades": " ░▒▓█", "ascii": " .:-=+*#%@"}
BLUE, ORANGE = (0, 95, 175), (175, 95, 0)
SIDES: tuple[RGB, ...] = (
    BLUE,
    (95, 135, 215),
    (135, 175, 215),
    (215, 215, 215),
    (255, 215, 175),
    (255, 175, 135),
    (215, 135, 95),
    ORANGE,
)
"""From one side of a border to the other; light where it is in doubt."""
CLASSES: tuple[RGB, ...] = (
    BLUE,
    ORANGE,
    (52, 120, 76),
    (124, 72, 140),
    (140, 60, 70),
    (60, 120, 130),
)
WHITE: RGB = (255, 255, 255)
_CUBE = (0, 95, 135, 175, 215, 255)
NUMBERS: dict[RGB, int] = {
    **{(8 + 10 * i, 8 + 10 * i, 8 + 10 * i): 232 + i for i in range(24)},
    **{
        (red, green, blue): 16 + 36 * i + 6 * j + k
        for i, red in enumerate(_CUBE)
        for j, green in enumerate(_CUBE)
        for k, blue in enumerate(_CUBE)
    },
}
"""The colours that terminals know by a number."""
LEVELS = 24
"""Steps of a colour ramp: neighbours of one colour are one run, and runs are what costs bytes."""


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """A colour between two: the first at share 0, the second at 1."""
    r, g, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, blue


def level(value: float) -> float:
    """A value from 0 to 1 on the steps of a ramp; what is not finite counts as 0."""
    return round(min(1.0, max(0.0, value)) * LEVELS) / LEVELS if math.isfinite(value) else 0.0


def side(value: float) -> RGB:
    """Between two classes: blue at 0, orange at 1."""
    share = min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0
    return SIDES[round(share * (len(SIDES) - 1))]


def grey(value: float) -> RGB:
    """From black at 0 to white at 1."""
    share = level(value)
    light = min(238, 8 + 10 * round((255 * share - 8) / 10)) if 0 < share < 1 else int(255 * share)
    return light, light, light


def heat(value: float) -> RGB:
    """From night blue over violet to pale yellow: lightness grows with the value, for every eye."""
    stops = ((20, 24, 48), (88, 44, 110), (190, 70, 90), (248, 150, 70), (252, 244, 170))
    place = level(value) * (len(stops) - 1)
    index = min(len(stops) - 2, int(place))
    return mix(stops[index], stops[index + 1], place - index)


def shade(value: float, look: Look) -> str:
    """The character of a ramp for a value from 0 to 1, where colours say nothing."""
    ramp = SHADES[look]
    return ramp[min(len(ramp) - 1, int(level(value) * len(ramp)))]
