"""A game of noughts and crosses against one who knows it all, one who does not think, or a network.

The network is not asked while one plays. A run that trained it leaves a *book*: its move in every
position that it can come to, and what it thought of its chances there.
"""

import random
from collections.abc import Mapping
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.instruments.base import Line, Tone, percent

Position = tuple[int, ...]
"""Nine cells from the top left: 1 is the learner, -1 the opponent, 0 is empty."""
Book = Mapping[int, tuple[int, float]]
"""By code of a position: the move, and its worth for the side that moves, from -1 to 1."""

EMPTY: Position = (0,) * 9
_LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))
_MARKS: Mapping[int, tuple[str, Tone]] = {1: ("X", "accent"), -1: ("O", "strong")}
_NAMES = {
    "perfect": "one who has seen every game to its end",
    "random": "one who does not think",
    "network": "your network",
}


def code(position: Position, side: int) -> int:
    """A position as a number in base 3, seen by the side to move: 1 its stones, 2 the other's."""
    return sum(
        (0 if not cell else 1 if cell == side else 2) * 3**i for i, cell in enumerate(position)
    )


def winner(position: Position) -> int:
    """Who has three in a row: 1, -1, or 0 for nobody."""
    for line in _LINES:
        total = sum(position[cell] for cell in line)
        if abs(total) == 3:
            return total // 3
    return 0


def moves(position: Position) -> list[int]:
    """The empty cells; none once the game is over."""
    return [] if winner(position) else [cell for cell in range(9) if not position[cell]]


def played(position: Position, cell: int, side: int) -> Position:
    """The position after a move."""
    return (*position[:cell], side, *position[cell + 1 :])


@cache
def worth(position: Position, side: int) -> int:
    """What a position is worth to the side to move where both play as well as one can."""
    if won := winner(position):
        return won * side
    return max((-worth(played(position, cell, side), -side) for cell in moves(position)), default=0)


def best(position: Position, side: int) -> list[int]:
    """Every move that gives nothing away."""
    values = {cell: -worth(played(position, cell, side), -side) for cell in moves(position)}
    return [cell for cell, value in values.items() if value == max(values.values())]


class BoardGame(Struct, frozen=True, kw_only=True):
    """A table with a board on it, an opponent at the other side, and the score so far."""

    opponents: tuple[str, ...]
    """Of `perfect`, `random`, `network`; the first begins."""
    book: Book = {}
    seed: int = 0
    opponent: str = ""
    position: Position = EMPTY
    begins: int = 1
    """Who began this game."""
    game: int = 0
    last: int = -1
    """The cell of the opponent's last move."""
    thought: float | None = None
    """What the network thought of its chances when it made that move."""
    score: Mapping[str, float] = {}

    @property
    def over(self) -> bool:
        """Whether this game has ended."""
        return not moves(self.position)

    @property
    def against(self) -> str:
        """Who sits at the other side."""
        return self.opponent or self.opponents[0]

    @property
    def keys(self) -> Mapping[str, str]:
        """Digits play; after a game Enter sets up the next."""
        found = {"enter": "next game"} if self.over else {"1-9": "play there"}
        if len(self.opponents) > 1:
            found["o"] = "another opponent"
        return found

    @property
    def figures(self) -> Mapping[str, float]:
        """Games `won`, `drawn` and `lost`, each also `against` every opponent, and `games`."""
        found: dict[str, float] = {"games": 0.0, "won": 0.0, "drawn": 0.0, "lost": 0.0}
        for outcome in ("won", "drawn", "lost"):
            for name in self.opponents:
                count = self.score.get(f"{outcome} against {name}", 0.0)
                found[f"{outcome} against {name}"] = count
                found[outcome] += count
                found["games"] += count
        return found

    def press(self, key: str) -> "BoardGame":
        """Play a cell, set up the next game, or change the opponent."""
        if key == "o" and len(self.opponents) > 1:
            at = self.opponents.index(self.against)
            return self._set_up(self.opponents[(at + 1) % len(self.opponents)], 1)
        if key == "enter" and self.over:
            return self._set_up(self.against, -self.begins)
        if key.isdigit() and int(key) - 1 in moves(self.position):
            mine = replace(self, position=played(self.position, int(key) - 1, 1))
            return mine._scored() if mine.over else mine._answered()
        return self

    def _set_up(self, opponent: str, begins: int) -> "BoardGame":
        fresh = replace(
            self, opponent=opponent, position=EMPTY, begins=begins, game=self.game + 1, last=-1,
            thought=None,
        )  # fmt: skip
        return fresh if begins == 1 else fresh._answered()

    def _answered(self) -> "BoardGame":
        """After the opponent's move."""
        cell, thought = self._reply()
        after = replace(self, position=played(self.position, cell, -1), last=cell, thought=thought)
        return after._scored() if after.over else after

    def _reply(self) -> tuple[int, float | None]:
        if self.against == "network" and (known := self.book.get(code(self.position, -1))):
            return known
        rng = random.Random(f"{self.seed} {self.game} {self.position}")
        if self.against == "perfect":
            return rng.choice(best(self.position, -1)), None
        return rng.choice(moves(self.position)), None

    def _scored(self) -> "BoardGame":
        outcome = {1: "won", 0: "drawn", -1: "lost"}[winner(self.position)]
        name = f"{outcome} against {self.against}"
        return replace(self, score={**self.score, name: self.score.get(name, 0.0) + 1})

    def lines(self, width: int) -> list[Line]:
        """The board, who plays, and the score."""
        found: list[Line] = [
            [("You are ", ""), _MARKS[1], (f", against {_NAMES[self.against]}.", "")],
            [],
        ]
        for row in range(3):
            if row:
                found.append([("    ───┼───┼───", "quiet")])
            line: Line = [("    ", "")]
            for column in range(3):
                line += [("│", "quiet")] if column else []
                line += self._cell(3 * row + column)
            found.append(line)
        found += [[], [(self._words(), "strong" if self.over else "")], []]
        for name in self.opponents:
            counts = [
                int(self.figures[f"{what} against {name}"]) for what in ("won", "drawn", "lost")
            ]
            found.append(
                [(f"  {name:<8} won {counts[0]}, drawn {counts[1]}, lost {counts[2]}", "quiet")]
            )
        return found

    def _cell(self, cell: int) -> Line:
        stone = self.position[cell]
        if not stone:
            return [(f" {cell + 1} ", "quiet")]
        mark, tone = _MARKS[stone]
        # The last move is bracketed, so that one sees what was answered without any colour.
        return [(f"[{mark}]" if cell == self.last and stone < 0 else f" {mark} ", tone)]

    def _words(self) -> str:
        if self.over:
            return {1: "You win.", 0: "A draw.", -1: "You lose."}[winner(self.position)]
        if self.thought is None:
            return "Your move."
        chance = (self.thought + 1) / 2
        return f"Your move. It gave itself {percent(chance)} of the points when it moved."
