"""An imitation game: who wrote this, a person or a network? Judged line by line, then counted.

After A. M. Turing, "Computing machinery and intelligence", Mind 59, 1950,
https://doi.org/10.1093/mind/LIX.236.433. His judge could ask back; this one can only read.
"""

import random
from collections.abc import Mapping
from math import comb
from textwrap import wrap

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.instruments.base import Line, percent

PERSON, NETWORK = "p", "n"
_NAMES = {PERSON: "a person", NETWORK: "the network"}


class Imitation(Struct, frozen=True, kw_only=True):
    """Lines in the order in which they are judged, and what was said of them.

    Attributes:
        told: Each line and who wrote it, `p` or `n`.
        whose: Whose network it is, in a few words.
        said: Judgements so far.
    """

    told: tuple[tuple[str, str], ...]
    whose: str
    said: str = ""

    @classmethod
    def shuffled(
        cls, persons: list[str], networks: list[str], *, rounds: int, whose: str, seed: int
    ) -> "Imitation":
        """A game of so many rounds; who wrote each line is drawn by a fair coin.

        Raises:
            ValueError: If one of them has too few lines.
        """
        rng = random.Random(seed)
        writers = [rng.choice((PERSON, NETWORK)) for _ in range(rounds)]
        of = {
            PERSON: rng.sample(persons, len(persons)),
            NETWORK: rng.sample(networks, len(networks)),
        }
        if any(writers.count(writer) > len(lines) for writer, lines in of.items()):
            raise ValueError(f"{rounds} rounds need as many lines of each")
        return cls(told=tuple((of[writer].pop(), writer) for writer in writers), whose=whose)

    @property
    def over(self) -> bool:
        """Whether every line was judged."""
        return len(self.said) == len(self.told)

    @property
    def right(self) -> int:
        """Judgements that were right."""
        return sum(said == writer for said, (_, writer) in zip(self.said, self.told, strict=False))

    @property
    def by_chance(self) -> float:
        """How often a coin does at least as well: the binomial test, one-sided."""
        return at_least(self.right, len(self.said))

    @property
    def figures(self) -> Mapping[str, float]:
        """What goals speak of: `judged`, `right`, their `share`, `rounds`, and `by chance`."""
        return {
            "rounds": len(self.told),
            "judged": len(self.said),
            "right": self.right,
            "share": self.right / len(self.said) if self.said else 0.0,
            "by chance": self.by_chance,
        }

    @property
    def keys(self) -> Mapping[str, str]:
        """Say who wrote it."""
        return {} if self.over else {each: _NAMES[each] for each in (PERSON, NETWORK)}

    def press(self, key: str) -> "Imitation":
        """Judge the line in front. What was said stays said."""
        if self.over or key not in _NAMES:
            return self
        return replace(self, said=self.said + key)

    def lines(self, width: int) -> list[Line]:
        """The line in front, how the last judgement came out, and the count."""
        at = len(self.said)
        found: list[Line] = []
        if at:
            text, writer = self.told[at - 1]
            right = self.said[-1] == writer
            found.append(
                [
                    ("✓ right: " if right else "✗ wrong: ", "good" if right else "bad"),
                    (f"{_NAMES[writer]} wrote", ""),
                ]
            )
            found += [[(f"    {row}", "quiet")] for row in wrap(text, width - 4)]
            found.append([])
        if self.over:
            return [*found, *self._count()]
        found.append([(f"Line {at + 1} of {len(self.told)}. Who wrote this? ", "strong")])
        found.append([])
        found += [[(f"    {row}", "accent")] for row in wrap(self.told[at][0], width - 4)]
        return [*found, [], [(f"{self.right} right of {at}", "quiet")]]

    def _count(self) -> list[Line]:
        share = self.by_chance
        words = (
            "you can tell them apart."
            if share < 0.05
            else "that does not show that you can tell them apart."
        )
        return [
            [
                (f"{self.right} of {len(self.told)} right. ", "strong"),
                (f"It was {self.whose}.", ""),
            ],
            [
                (
                    f"Whoever throws a coin does as well or better in {percent(share, 1)} of such games:",
                    "",
                )
            ],
            [(words, "")],
        ]


def at_least(right: int, rounds: int) -> float:
    """The share of games in which a fair coin is right at least so often."""
    return float(sum(comb(rounds, k) for k in range(right, rounds + 1)) / 2**rounds)
