"""What a run should make its learner look up for, worded for learners, at the step where it happens.

The rules read the record alone, reading by reading, so that a run that is watched, one that is taken
up later and one that is over raise the same alerts. The training loss is looked at in blocks that
grow with the run: a million readings cost no more than a few thousand.
"""

import math
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from tutor.core.protocol import Event, Readings, Started, Vitals

Kind = Literal["nan", "divergence", "plateau", "overfitting", "dead relus", "exploding gradient"]


class Alert(Struct, frozen=True):
    """Something to look up for."""

    step: int
    kind: Kind
    title: str
    """What is seen, and at which step."""
    hint: str
    """What usually causes it, and what to try."""


BLOCKS = 128
"""As long as a run has fewer readings than this, a block is one reading; later twice as many, ..."""
CLIMB = 3.0
"""A loss at so many times its best, and above where it began, has gone the wrong way."""
CLIMBS = 3
"""Blocks in a row: one bad mini-batch is no divergence."""
WARM_UP = 10
"""Blocks before anything is said of a loss: the first steps of a run are wild."""
FLAT_SHARE = 0.4
"""The share of the planned steps after which a loss that has not moved is stuck."""
FLAT = 0.01
"""What counts as moving, relative to the loss."""
UNLEARNT = 0.7
"""A loss below this share of where it began has learnt something: then flat means done."""
WORSE = 0.1
"""A held-out error this much above its best is worse and not only noisy."""
WORSE_SHARE = 0.03
"""The same for an accuracy, in absolute terms."""
WORSE_TIMES = 5
"""Readings in a row: held-out figures hop, and an alarm that is often wrong is not read."""
DEAD = 0.5
EXPLODES, LARGE = 100.0, 10.0
"""A gradient so many times its usual size, and larger than this at all."""
_MORE_IS_BETTER = ("acc", "f1", "score", "reward", "return", "auc")


class Watch:
    """The rules over one run, fed with its events in their order."""

    def __init__(self) -> None:
        self._planned: int | None = None
        self._raised: set[Kind] = set()
        self._loss = _Loss()
        self._held_out: dict[str, _HeldOut] = {}
        self._norms: list[float] = []

    def apply(self, event: Event) -> list[Alert]:
        """Take an event in; returns what it raises."""
        match event:
            case Started():
                self._planned = event.total_steps
                return []
            case Readings():
                return self._new(self._readings(event))
            case Vitals():
                return self._new(self._vitals(event))
            case _:
                return []

    def _new(self, found: list[Alert]) -> list[Alert]:
        """Each kind once, until it has passed."""
        fresh = []
        for alert in found:
            if alert.kind not in self._raised:
                self._raised.add(alert.kind)
                fresh.append(alert)
        return fresh

    # --- readings -------------------------------------------------------------------------------------

    def _readings(self, event: Readings) -> list[Alert]:
        found: list[Alert] = []
        for name, index, kind in sorted(event.bad, key=lambda each: each[1])[:1]:
            found.append(_nan(name, event.step[index], kind))
        for name, values in event.s.items():
            if name.startswith("train/") and name.endswith("loss"):
                for block in self._loss.take(event.step, values):
                    found += self._of_loss(block)
        for name, values in event.s.items():
            if name.startswith("valid/"):
                watch = self._held_out.setdefault(name, _HeldOut(name))
                for step, value in zip(event.step, values, strict=True):
                    if value is not None:
                        found += watch.take(step, value, self._loss.at(step))
        return sorted(found, key=lambda alert: alert.step)

    def _of_loss(self, step: int) -> list[Alert]:
        loss = self._loss
        if loss.blocks < WARM_UP:
            return []
        found = []
        if loss.climbing >= CLIMBS:
            found.append(
                Alert(
                    step,
                    "divergence",
                    f"The loss climbs: at step {step} it is {loss.level / loss.best:.0f} times "
                    "its best.",
                    "Each step overshoots by more than it corrects. Try a learning rate three to "
                    "ten times smaller.",
                )
            )
        elif loss.climbing == 0 and loss.level < loss.first:
            self._raised.discard("divergence")
        if self._planned and loss.level > UNLEARNT * loss.first:
            still = step - loss.moved
            if still >= FLAT_SHARE * self._planned:
                found.append(
                    Alert(
                        step,
                        "plateau",
                        f"The loss has not moved for {still} steps, up to step {step}.",
                        "The steps may be too small, or the network too small for the task. Try a "
                        "larger learning rate first.",
                    )
                )
            elif not still:
                self._raised.discard("plateau")
        return found

    # --- vitals ---------------------------------------------------------------------------------------

    def _vitals(self, event: Vitals) -> list[Alert]:
        found = []
        if event.dead_relus is not None:
            if event.dead_relus >= DEAD:
                found.append(
                    Alert(
                        event.step,
                        "dead relus",
                        f"{event.dead_relus:.0%} of the ReLU units are silent for the whole "
                        f"batch at step {event.step}.",
                        "A unit that is 0 for every sample gets no gradient and stays dead. Too "
                        "large a step or a bad start does it: a smaller learning rate, another "
                        "initialisation.",
                    )
                )
            elif event.dead_relus < DEAD / 2:
                self._raised.discard("dead relus")
        norm = event.gradient_norm
        usual = sorted(self._norms)[len(self._norms) // 2] if len(self._norms) >= 5 else None
        leaps = norm is not None and usual is not None and norm > max(LARGE, EXPLODES * usual)
        if event.exploded or leaps:
            size = "not a number any more" if norm is None else f"{norm:.3g}"
            found.append(
                Alert(
                    event.step,
                    "exploding gradient",
                    f"The gradient explodes: its length is {size} at step {event.step}.",
                    "One such step can undo all the steps before it. Clip the gradient, or take a "
                    "smaller learning rate.",
                )
            )
        elif norm is not None:
            self._norms = [*self._norms[-63:], norm]
        return found


def _nan(name: str, step: int, kind: str) -> Alert:
    words = {"nan": "NaN", "inf": "infinite", "-inf": "minus infinity"}[kind]
    return Alert(
        step,
        "nan",
        f"{name} became {words} at step {step}.",
        "A step overshot into numbers that no float can hold. Try a learning rate ten times smaller.",
    )


class _Loss:
    """A training loss in blocks: its level, its best, since when it has not moved."""

    def __init__(self) -> None:
        self.blocks = 0
        self.first = math.nan
        self.level = math.nan
        self.best = math.inf
        self.climbing = 0
        self.moved = 0
        """The step of the last block that was clearly below all before it."""
        self._mark = math.inf
        self._count = 0
        self._sum = 0.0
        self._size = 1
        self._held = 0
        self._levels: list[tuple[int, float]] = []

    def take(self, steps: list[int], values: list[float | None]) -> Iterator[int]:
        """Take readings in; yields the last step of each block as it is filled."""
        for step, value in zip(steps, values, strict=True):
            if value is None:
                continue
            self._sum += value
            self._held += 1
            if self._held == self._size:
                self._end(step, self._sum / self._held)
                yield step
                self._count += self._held
                self._sum, self._held = 0.0, 0
                while self._count >= 2 * BLOCKS * self._size:
                    self._size *= 2

    def at(self, step: int) -> float:
        """The level at a step, or before it."""
        return next((level for at, level in reversed(self._levels) if at <= step), math.nan)

    def _end(self, step: int, mean: float) -> None:
        self.blocks += 1
        if self.blocks == 1:
            self.first = self.level = mean
        # A part of the way to each new block, and a spike counts as no more than a few times the
        # level: a mini-batch's noise passes, a trend does not.
        self.level += 0.2 * (min(mean, CLIMB * abs(self.level)) - self.level)
        if self.blocks <= 5:
            self.first = max(self.first, self.level)
        self.best = min(self.best, self.level)
        high = self.level > CLIMB * self.best and self.level > 1.2 * self.first
        self.climbing = self.climbing + 1 if high and self.best > 0 else 0
        if self.level < self._mark * (1 - FLAT) or self.level > self._mark * (1 + 5 * FLAT):
            self._mark, self.moved = self.level, step
        self._levels = [*self._levels[-255:], (step, self.level)]


class _HeldOut:
    """A series of held-out data: how long it has been worse than its best."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sign = -1.0 if any(word in name.lower() for word in _MORE_IS_BETTER) else 1.0
        self._best = math.inf
        self._best_step = 0
        self._loss_then = math.nan
        self._worse = 0

    def take(self, step: int, value: float, loss: float) -> list[Alert]:
        """Take a reading in, with the training loss at that step."""
        error = self._sign * value
        if error < self._best:
            self._best, self._best_step, self._loss_then, self._worse = error, step, loss, 0
            return []
        allowed = WORSE * abs(self._best) if self._sign > 0 else WORSE_SHARE
        falls = loss < 0.9 * self._loss_then
        self._worse = self._worse + 1 if error > self._best + allowed and falls else 0
        if self._worse < WORSE_TIMES:
            return []
        best = self._sign * self._best
        return [
            Alert(
                step,
                "overfitting",
                f"{self._name} was best at step {self._best_step} ({best:.3g}) and is {value:.3g} "
                f"at step {step}, while the training loss still falls.",
                "The network learns this training set by heart. Stop earlier, take a smaller "
                "network or more data, or regularise.",
            )
        ]
