"""A book to learn language from: 79 topics of the Python reference manual, in English.

465,000 characters, the same for everybody and for ever: the texts that `help()` shows, as Python 3.11.7
has them. A manual is dry, and it repeats itself, which is what a small model needs. `LICENCES.md`
beside this file says whose it is.

Source:
    Python Software Foundation, "The Python language reference", version 3.11,
    https://docs.python.org/3.11/reference/
"""

import functools
import gzip
import re
from pathlib import Path

import torch
from jaxtyping import Int
from torch import Tensor

FILE = Path(__file__).with_name("python_manual.txt.gz")
HELD_OUT = 0.1
"""The share at the end that nothing is trained on."""


@functools.cache
def text() -> str:
    """The whole book."""
    return gzip.decompress(FILE.read_bytes()).decode()


@functools.cache
def characters() -> str:
    """Every character of the book, in order; a character's token is its place here."""
    return "".join(sorted(set(text())))


def encode(words: str) -> Int[Tensor, " n"]:
    """Characters as tokens; one that the book does not have is left out."""
    places = {char: place for place, char in enumerate(characters())}
    return torch.tensor([places[char] for char in words if char in places], dtype=torch.long)


def decode(tokens: Int[Tensor, " n"]) -> str:
    """Tokens as characters."""
    return "".join(characters()[token] for token in tokens.tolist())


def halves() -> tuple[Int[Tensor, " n"], Int[Tensor, " m"]]:
    """The tokens of the first nine tenths, to train on, and of the last, to test on."""
    tokens = encode(text())
    cut = int((1 - HELD_OUT) * len(tokens))
    return tokens[:cut], tokens[cut:]


def section(title: str) -> str:
    """A chapter by its title, up to the next one. Raises ValueError if there is none."""
    parts = re.split(r"\n(?=[^\n]+\n\*{4,}\n)", "\n" + text())
    for part in parts:
        if part.strip().startswith(f"{title}\n"):
            return part.strip()
    raise ValueError(f"The manual has no chapter {title!r}.")


def words() -> list[str]:
    """The book's words in lower case, and its full stops."""
    return re.findall(r"[a-z]{2,}|[.]", text().lower())


def windows(
    tokens: Int[Tensor, " n"], count: int, long: int, generator: torch.Generator
) -> Int[Tensor, "count long"]:
    """So many stretches of tokens from random places."""
    begin = torch.randint(len(tokens) - long + 1, (count, 1), generator=generator)
    return tokens[begin + torch.arange(long)]
