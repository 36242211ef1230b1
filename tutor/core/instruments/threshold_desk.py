"""A desk to set thresholds at: who is flagged by a score, and who is wronged by it, group by group.

Three rates that all sound fair can agree between groups of different base rates only where the score
is perfect or flags by lot: A. Chouldechova, "Fair prediction with disparate impact", 2017,
https://arxiv.org/abs/1703.00056; J. Kleinberg and others, 2016, https://arxiv.org/abs/1609.05807.
"""

from collections.abc import Mapping
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.instruments.base import Line, Tone, percent

RATES: Mapping[str, str] = {
    "false positive rate": "flagged, of those to whom it did not happen",
    "false negative rate": "not flagged, of those to whom it did",
    "predictive value": "to whom it did happen, of those flagged",
    "flagged": "of everybody",
    "right": "flagged or not as it came out",
}
_BARS = 16
"""Cells of the longest bar."""
_ABREAST = 38
"""Cells that a group takes; two stand beside each other where there is room."""


class Counts(Struct, frozen=True, forbid_unknown_fields=True):
    """A group's people by score, lowest first: to how many it happened, and to how many not."""

    happened: tuple[int, ...]
    not_happened: tuple[int, ...]


class ThresholdDesk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Groups, and from which score on each is flagged.

    Attributes:
        groups: By name; scores count from 1.
        what: What happens, or not, in a few words.
        threshold: Where every group's threshold stands at first.
    """

    groups: dict[str, Counts]
    what: str = "it happened"
    threshold: int = 1
    thresholds: Mapping[str, int] = {}
    """Those that were moved."""
    at: int = 0
    """The group in front."""
    together: bool = True
    """Whether all thresholds move as one."""

    def __post_init__(self) -> None:
        """Raise ValueError unless there are groups, counted at the same scores."""
        lengths = {len(row) for each in self.groups.values()
                   for row in (each.happened, each.not_happened)}  # fmt: skip
        if len(lengths) != 1 or lengths == {0}:
            raise ValueError("every group has a count for each score, of both outcomes")
        if not 1 <= self.threshold <= self.scores + 1:
            raise ValueError(f"`threshold` is a score from 1 to {self.scores}, or one above")

    @property
    def scores(self) -> int:
        """How many scores there are."""
        return len(next(iter(self.groups.values())).happened)

    def limit(self, group: str) -> int:
        """The lowest score that is flagged; one above the highest flags nobody."""
        return self.thresholds.get(group, self.threshold)

    def rates(self, group: str) -> dict[str, float]:
        """The five rates of a group; a share of nobody is 0."""
        counts, limit = self.groups[group], self.limit(group) - 1
        caught, missed = sum(counts.happened[limit:]), sum(counts.happened[:limit])
        wronged, spared = sum(counts.not_happened[limit:]), sum(counts.not_happened[:limit])
        total = caught + missed + wronged + spared
        return dict(
            zip(
                RATES,
                (
                    _share(wronged, wronged + spared),
                    _share(missed, missed + caught),
                    _share(caught, caught + wronged),
                    _share(caught + wronged, total),
                    _share(caught + spared, total),
                ),
                strict=True,
            )
        )

    @property
    def figures(self) -> Mapping[str, float]:
        """What goals speak of.

        For each of the rates the widest `gap in` it between two groups, and `threshold of` and the
        rates `of` every group, such as `flagged of women`.
        """
        every = {group: self.rates(group) for group in self.groups}
        found = {f"threshold of {group}": float(self.limit(group)) for group in self.groups}
        for rate in RATES:
            values = [rates[rate] for rates in every.values()]
            found[f"gap in {rate}"] = max(
                (abs(a - b) for a, b in combinations(values, 2)), default=0.0
            )
            found |= {f"{rate} of {group}": rates[rate] for group, rates in every.items()}
        return found

    # --- keys ---------------------------------------------------------------------------------------

    @property
    def keys(self) -> Mapping[str, str]:
        """Move a threshold, choose whose, tie them together."""
        found = {"←→": "move the thresholds" if self.together else "move its threshold"}
        if len(self.groups) > 1:
            found |= {"↑↓": "group"} if not self.together else {}
            found["t"] = "one for each group" if self.together else "one for all"
        return found

    def press(self, key: str) -> "ThresholdDesk":
        """The state after a key."""
        match key:
            case "left" | "right":
                return self._moved(1 if key == "right" else -1)
            case "up" | "down" if not self.together:
                by = 1 if key == "down" else -1
                return replace(self, at=(self.at + by) % len(self.groups))
            case "t" if len(self.groups) > 1:
                return self._tied() if not self.together else replace(self, together=False)
            case _:
                return self

    def _moved(self, by: int) -> "ThresholdDesk":
        names = list(self.groups) if self.together else [list(self.groups)[self.at]]
        moved = {name: min(max(1, self.limit(name) + by), self.scores + 1) for name in names}
        return replace(self, thresholds={**self.thresholds, **moved})

    def _tied(self) -> "ThresholdDesk":
        """All where the one in front stands."""
        limit = self.limit(list(self.groups)[self.at])
        return replace(self, together=True, thresholds=dict.fromkeys(self.groups, limit))

    # --- the view -----------------------------------------------------------------------------------

    def lines(self, width: int) -> list[Line]:
        """For each group its people by score and the line above which one is flagged; the rates."""
        most = max(
            a + b
            for counts in self.groups.values()
            for a, b in zip(counts.happened, counts.not_happened, strict=True)
        )
        drawn = [
            self._group(name, most, front=number == self.at and not self.together)
            for number, name in enumerate(self.groups)
        ]
        found: list[Line] = []
        while drawn:
            left = drawn.pop(0)
            right = drawn.pop(0) if drawn and width >= 2 * _ABREAST - 4 else None
            found += [_beside(*pair) for pair in zip(left, right, strict=True)] if right else left
            found.append([])
        return [*found, *self._table(width), [], [(f"# {self.what}   - not", "quiet")]]

    def _group(self, name: str, most: int, *, front: bool) -> list[Line]:
        counts, limit = self.groups[name], self.limit(name)
        head: Tone = "accent" if front else "strong"
        mark = "▸ " if front else "  "
        found: list[Line] = [
            [(f"{mark}{name}", head), (f"   flagged from {limit} on", "quiet")]
            if limit <= self.scores
            else [(f"{mark}{name}", head), ("   nobody is flagged", "quiet")]
        ]
        for score, (yes, no) in enumerate(
            zip(counts.happened, counts.not_happened, strict=True), start=1
        ):
            long = round((yes + no) / most * _BARS)
            dark = min(long, round(yes / most * _BARS))
            flagged = score >= limit
            tone: Tone = "" if flagged else "quiet"
            found.append(
                [
                    (f"  {score:>2} {'▐' if flagged else ' '} ", "accent"),
                    ("#" * dark + "-" * (long - dark), tone),
                    (f" {yes} + {no}", "quiet"),
                ]
            )
        return found

    def _table(self, width: int) -> list[Line]:
        names = list(self.groups)
        wide = max(8, *(len(name) + 2 for name in names))
        head = f"{'':<20}" + "".join(f"{name:>{wide}}" for name in names) + f"{'gap':>8}"
        found: list[Line] = [[(head, "quiet")]]
        figures = self.figures
        for rate, meaning in RATES.items():
            row = f"{rate:<20}"
            row += "".join(f"{percent(figures[f'{rate} of {n}'], 1):>{wide}}" for n in names)
            row += f"{percent(figures[f'gap in {rate}'], 1):>8}"
            room = width - len(row) - 3
            found.append([(row, ""), (f"   {meaning}" if len(meaning) <= room else "", "quiet")])
        return found


def _beside(left: Line, right: Line) -> Line:
    gap = _ABREAST - sum(len(words) for words, _ in left)
    return [*left, (" " * max(1, gap), ""), *right]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
