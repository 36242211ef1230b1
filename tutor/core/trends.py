"""How the series of a run stand, window by window, for the rules of `core.alerts`.

A window is a stretch of steps. What came of a series in it becomes one number as the window ends, and
a level is a median over such numbers: a few wild mini-batches move no median.
"""

import math
import statistics
from collections import deque

LEVEL = 9
"""Windows whose median is the level of a loss; the mini-batches of four of them may be wild."""
WARM_UP = 5
"""Windows before anything is said of a loss: the first steps of a run are wild."""
CLIMB, ABOVE_START = 3.0, 1.2
"""A loss at so many times its best, and so far above where it began, has gone the wrong way."""
BLOWN, TRUSTED = 10.0, 8
"""So has one at so many times its first reading, where that is a mean of so many samples."""
BACK = 1.5
"""A loss within so many times its best is back."""
WORSE, WORSE_SHARE = 0.1, 0.02
"""A held-out error this much above its best, relatively, or an accuracy this much below it."""
FALLS = 0.9
"""The training loss of an overfitting network is below this share of what it was at the best."""
HELD_OUT_LEVEL = 5
"""Readings whose median is the level of a held-out series: those hop from epoch to epoch."""
QUIET = 5
"""Windows without a NaN until one counts as passed."""


class Broken:
    """The series that is not a number, and how long it has been one again.

    Attributes:
        name: The series; None where all is well.
        finite: Whether the open window has a number of it.
        again: Whether the open window has something else.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self.finite = self.again = False
        self._quiet = 0

    def recovered(self) -> bool:
        """Close a window; whether it was the last of enough without a NaN."""
        if self.again:
            self._quiet = 0
        elif self.finite:
            self._quiet += 1
        self.finite = self.again = False
        if self._quiet < QUIET:
            return False
        self._quiet, self.name = 0, None
        return True


class _Side:
    """One series: what came of it in the window that is open."""

    def __init__(self) -> None:
        self.step = 0
        self.first = math.nan
        self._values: list[float] = []

    def take(self, steps: list[int], values: list[float | None], begin: int, end: int) -> None:
        """Take the readings of some rows; a value that is not finite is None, as in the record."""
        known = [value for value in values[begin:end] if value is not None]
        if known:
            if self.first != self.first:
                self.first = known[0]
            self._values += known
            last = next(row for row in range(end - 1, begin - 1, -1) if values[row] is not None)
            self.step = steps[last]

    def mean(self) -> float | None:
        """The mean of the window, which is closed by this; None where nothing came."""
        values, self._values = self._values, []
        return sum(values) / len(values) if values else None


class Loss(_Side):
    """A training loss.

    Attributes:
        start: Where it began: its first reading or its first level, whichever is greater.
        level: The median of the last windows.
        best: Its best level.
        climbing: Windows in a row in which it stood far too high.
        back: Windows in a row in which it was near its best.
        recent: The means of the windows since the run, or a turn of a knob, began.
    """

    def __init__(self) -> None:
        super().__init__()
        self.start = self.level = math.nan
        self.best = math.inf
        self.climbing = self.back = 0
        self.recent: deque[float] = deque()
        self._last: deque[float] = deque(maxlen=LEVEL)

    def end(self, *, trusted: bool) -> bool:
        """Close the window; whether there is something to judge.

        Args:
            trusted: Whether the very first reading tells where the loss began.
        """
        mean = self.mean()
        if mean is None:
            return False
        self._last.append(mean)
        self.recent.append(mean)
        if len(self._last) < WARM_UP:
            return False
        self.level = statistics.median(self._last)
        if math.isnan(self.start):
            self.start = max(self.first, self.level)
            # A first reading that is low by luck is no measure.
            self.best = self.first if trusted and self.level > BLOWN * self.first else self.level
        self.best = min(self.best, self.level)
        # A loss below zero has no multiples.
        climbs = self.level > max(CLIMB * self.best, ABOVE_START * self.start)
        blown = trusted and self.level > BLOWN * self.first
        self.climbing = self.climbing + 1 if self.best > 0 and (climbs or blown) else 0
        self.back = self.back + 1 if self.level <= BACK * self.best else 0
        return True


class HeldOut(_Side):
    """A series of held-out data: how long it has been worse than its best.

    Attributes:
        name: The series.
        value: Its newest reading.
        best_value: Its best reading, of step `best_step`.
        worse: Readings whose level is worse while the training loss falls, less the others since.
        since: The window of the first of them.
        window: The window that closed last.
        recovered: Whether the newest level is as good as ever.
    """

    def __init__(self, name: str, *, less_is_better: bool) -> None:
        super().__init__()
        self.name = name
        self.value = self.best_value = math.nan
        self.best_step = self.worse = self.window = self.since = 0
        self.recovered = False
        self._sign = 1.0 if less_is_better else -1.0
        self._best = self._best_level = math.inf
        self._loss_then = math.nan
        self._last: deque[float] = deque(maxlen=HELD_OUT_LEVEL)

    def end(self, window: int, loss: Loss | None) -> bool:
        """Close the window; whether there is something to judge."""
        mean = self.mean()
        if mean is None:
            return False
        self.value, self.window = mean, window
        error, training = self._sign * mean, loss.level if loss else math.nan
        if error < self._best:
            self._best, self.best_value, self.best_step = error, mean, self.step
        self._last.append(error)
        level = statistics.median(self._last)
        # Before there is a training loss to compare with, nothing is a best.
        self.recovered = level < self._best_level or math.isnan(self._loss_then)
        if self.recovered:
            self._best_level, self._loss_then, self.worse = level, training, 0
        elif level > self._best_level + self._allowed() and training < FALLS * self._loss_then:
            self.since = self.since if self.worse else window
            self.worse += 1
        else:
            # One good epoch among many bad ones does not mend it.
            self.worse = max(0, self.worse - 1)
        return True

    def _allowed(self) -> float:
        if self._sign > 0:
            return WORSE * abs(self._best_level)
        # An accuracy is a share, or in per cent.
        return WORSE_SHARE * (1.0 if abs(self._best_level) <= 1 else 100.0)
