"""Printed words of a few pixels, and pictures with a handwritten digit above and a word below.

The letters are five pixels high and at most five wide, drawn for this course: just those that the ten
names of the digits need.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIDE, LARGE = 32, 18
"""Pixels of a picture's side, and of the digit in it."""

_LETTERS = {
    "e": ("####", "#...", "###.", "#...", "####"),
    "f": ("####", "#...", "###.", "#...", "#..."),
    "g": (".###", "#...", "#.##", "#..#", ".###"),
    "h": ("#..#", "#..#", "####", "#..#", "#..#"),
    "i": ("###", ".#.", ".#.", ".#.", "###"),
    "n": ("#..#", "##.#", "#.##", "#..#", "#..#"),
    "o": (".##.", "#..#", "#..#", "#..#", ".##."),
    "r": ("###.", "#..#", "###.", "#.#.", "#..#"),
    "s": (".###", "#...", ".##.", "...#", "###."),
    "t": ("###", ".#.", ".#.", ".#.", ".#."),
    "u": ("#..#", "#..#", "#..#", "#..#", ".##."),
    "v": ("#..#", "#..#", "#..#", ".##.", ".##."),
    "w": ("#...#", "#...#", "#.#.#", "##.##", "#...#"),
    "x": ("#..#", ".##.", ".##.", ".##.", "#..#"),
    "z": ("####", "..#.", ".#..", "#...", "####"),
}


def printed(word: str) -> Float[Tensor, "5 width"]:
    """A word in ink (1) on paper (0), a pixel between its letters."""
    rows = [".".join(_LETTERS[letter][row] for letter in word) for row in range(5)]
    return torch.tensor([[float(dot == "#") for dot in row] for row in rows])


def scene(
    digits: Float[Tensor, "n 8 8"],
    shown: Bool[Tensor, " n"],
    words: Int[Tensor, " n"],
    generator: torch.Generator,
    noise: float = 0.15,
) -> Float[Tensor, "n 1 32 32"]:
    """Pictures with a large digit in the upper part, a printed word in the lower, or both.

    Args:
        digits: Ink from 0 to 1.
        shown: Whether each picture has its digit.
        words: Which name is printed on each, 0 to 9; -1 for none.
        generator: Where things stand, and the noise, are drawn with it; on the CPU.
        noise: Standard deviation of what is added to each pixel.

    Returns:
        Pixels from 0 to 1, on the CPU.
    """
    count = len(digits)
    large = functional.interpolate(digits[:, None].cpu(), size=(LARGE, LARGE), mode="bilinear")
    drawn = torch.zeros(count, 1, SIDE, SIDE)
    lefts = torch.randint(SIDE - LARGE + 1, (count,), generator=generator).tolist()
    places = torch.rand(count, 2, generator=generator).tolist()
    for i, (left, (across, down)) in enumerate(zip(lefts, places, strict=True)):
        if shown[i]:
            drawn[i, :, 1 : 1 + LARGE, left : left + LARGE] = large[i]
        if words[i] >= 0:
            word = printed(NAMES[int(words[i])])
            top = 21 + int(4 * down)
            begin = int(across * (SIDE - word.shape[1]))
            drawn[i, 0, top : top + 5, begin : begin + word.shape[1]] = word
    return (drawn + noise * torch.randn(drawn.shape, generator=generator)).clamp(0, 1)
