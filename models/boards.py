"""Games of so many in a row: tic-tac-toe, Connect-3 and Connect-4 on small boards.

A position is a tuple, cell by cell from the top left: 1 and -1 for the two sides, 0 for empty. The
side to move is told apart by whoever holds the position, so that equal positions are equal keys.
"""

import math
import random
from collections.abc import Callable
from functools import cache

Position = tuple[int, ...]
Player = Callable[[Position, int], int]
"""Given a position and a side to move, the move."""


class Board:
    """The rules.

    Args:
        rows: Its height.
        columns: Its width.
        connect: Stones in a row that win.
        falls: Whether a stone falls to the lowest empty cell of its column; a move is then a column,
            and a cell otherwise.
    """

    def __init__(self, rows: int, columns: int, connect: int, *, falls: bool) -> None:
        self.rows, self.columns, self.falls = rows, columns, falls
        self.cells = rows * columns
        self.actions = columns if falls else self.cells
        self.empty: Position = (0,) * self.cells
        lines = [
            tuple((row + i * down) * columns + column + i * right for i in range(connect))
            for row in range(rows)
            for column in range(columns)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
            if row + (connect - 1) * down < rows and 0 <= column + (connect - 1) * right < columns
        ]
        self.lines = tuple(lines)
        self._through = [[line for line in lines if cell in line] for cell in range(self.cells)]

    def moves(self, position: Position) -> list[int]:
        """What can be played."""
        # A column is full when its top cell is.
        return [move for move in range(self.actions) if position[move] == 0]

    def play(self, position: Position, move: int, side: int) -> tuple[Position, int, bool]:
        """The position after a move, who won by it (1, -1, or 0), and whether the game is over."""
        cell = move
        if self.falls:
            while cell + self.columns < self.cells and position[cell + self.columns] == 0:
                cell += self.columns
        after = (*position[:cell], side, *position[cell + 1 :])
        if any(all(after[i] == side for i in line) for line in self._through[cell]):
            return after, side, True
        return after, 0, 0 not in after

    def drawing(self, position: Position) -> str:
        """The board in characters, x for 1 and o for -1."""
        marks = {1: "x", -1: "o", 0: "."}
        rows = [position[i : i + self.columns] for i in range(0, self.cells, self.columns)]
        return "\n".join(" ".join(marks[stone] for stone in row) for row in rows)


BOARDS = {
    "tic-tac-toe": Board(3, 3, 3, falls=False),
    "connect-3": Board(4, 4, 3, falls=True),
    "connect-4": Board(5, 6, 4, falls=True),
}


def match(board: Board, first: Player, second: Player) -> int:
    """Play a game: 1 where `first` wins, -1 where `second` does, 0 for a draw."""
    position, side = board.empty, 1
    while True:
        player = first if side == 1 else second
        position, winner, over = board.play(position, player(position, side), side)
        if over:
            return winner
        side = -side


def tally(board: Board, player: Player, other: Player, games: int) -> tuple[float, float, float]:
    """The shares of games that `player` wins, draws and loses, beginning every second one."""
    results = [
        match(board, player, other) if game % 2 == 0 else -match(board, other, player)
        for game in range(games)
    ]
    won, drawn, lost = (results.count(each) / games for each in (1, 0, -1))
    return won, drawn, lost


def book(board: Board, decide: Callable[[Position, int], tuple[int, float]]) -> list[list[float]]:
    """What a player does in every position that it can come to, whoever sits at the other side.

    Args:
        board: The rules.
        decide: Given a position and a side to move, the move and what it is worth to that side.

    Returns:
        A row for each position: its code in base 81, high and low part (a picture keeps four digits
        of a number), the move, and its worth. The code counts in base 3, cell by cell from the first:
        1 for the player's stones, 2 for the other's.
    """
    rows: dict[Position, list[float]] = {}
    waiting = [
        board.empty,
        *(board.play(board.empty, each, -1)[0] for each in range(board.actions)),
    ]
    while waiting:
        position = waiting.pop()
        if position in rows:
            continue
        move, worth = decide(position, 1)
        code = sum((0, 1, 2)[stone] * 3**i for i, stone in enumerate(position))
        rows[position] = [code // 81, code % 81, move, worth]
        after, _, over = board.play(position, move, 1)
        for reply in [] if over else board.moves(after):
            later, _, end = board.play(after, reply, -1)
            waiting += [] if end else [later]
    return list(rows.values())


def elo(score: float) -> float:
    """The difference in rating that makes a score the expected one (Elo, 1978); inf for 0 and 1.

    Args:
        score: Wins plus half the draws, as a share of all games.
    """
    if not 0 < score < 1:
        return math.copysign(math.inf, score - 0.5)
    return 400 * math.log10(score / (1 - score))


def anyone(board: Board, rng: random.Random) -> Player:
    """A player who does not think."""
    return lambda position, side: rng.choice(board.moves(position))


def perfect(board: Board, rng: random.Random) -> Player:
    """A player who has seen every game to its end (minimax); for boards as small as tic-tac-toe."""

    @cache
    def worth(position: Position, side: int) -> int:
        return max(value for _, value in valued(position, side))

    def valued(position: Position, side: int) -> list[tuple[int, int]]:
        found = []
        for move in board.moves(position):
            after, winner, over = board.play(position, move, side)
            found.append((move, winner * side if over else -worth(after, -side)))
        return found

    def player(position: Position, side: int) -> int:
        values = valued(position, side)
        best = max(value for _, value in values)
        return rng.choice([move for move, value in values if value == best])

    return player
