"""What a run should make its learner look up for, worded for learners, at the step where it happens.

The rules read the record alone, so that a run that is watched, one that is taken up later and one that
is over raise the same alerts. A run is cut into windows by its steps, never by how its readings were
batched; what is not a number is told at once, everything else as a window ends, from medians over
windows: a spike of a few mini-batches moves no median. So a million readings cost little more than a
few hundred.
"""

import itertools
import math
import statistics
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from tutor.core.protocol import Event, Failed, Finished, KnobTurned, Readings, Started, Vitals
from tutor.core.text import visible
from tutor.core.trends import TRUSTED, Broken, HeldOut, Loss

Kind = Literal["nan", "divergence", "plateau", "overfitting", "dead relus", "exploding gradient"]


class Alert(Struct, frozen=True):
    """Something to look up for."""

    step: int
    kind: Kind
    title: str
    """What is seen, and at which step."""
    hint: str
    """What usually causes it, and what to try."""


WINDOWS = 200
"""Of a run's planned steps: fine enough to tell in time, coarse enough to cost nothing."""
UNPLANNED = 5
"""Steps in the first windows of a run that does not say how many it will take; then twice as many."""
CLIMBS, BACKS = 3, 20
"""Windows in a row until a loss that stands too high climbs, and until one that is back does not."""
FLAT_SHARE = 0.4
"""The share of the planned steps over which a loss that has not moved is stuck."""
FLAT = 0.01
"""What the second half of those must have gained over the first to count as moving."""
FLAT_LEAST = 40
"""Windows: with fewer, the noise of mini-batches hides whether a loss moves."""
UNLEARNT = 0.8
"""A loss below this share of where it began has learnt something: then flat may mean done."""
WORSE_TIMES, WORSE_WINDOWS = 5, 20
"""So many readings over so many windows: held-out figures hop, and false alarms go unread."""
DEAD, REVIVED = 0.5, 0.25
EXPLODES, LARGE, CALM = 100.0, 10.0, 10.0
"""A gradient so many times its usual size, and larger than this at all; calm again below this."""
USUAL_LEAST, USUAL_MOST = 5, 64
"""Vitals whose median is the usual gradient."""
_MORE_IS_BETTER = ("acc", "f1", "score", "reward", "return", "auc", "precision", "recall")
_LESS_IS_BETTER = ("loss", "mae", "mse", "err", "perplexity", "nll", "entropy", "mistakes")
_TRAINING, _HELD_OUT = ("", "train", "training"), ("valid", "val", "validation", "dev")


class Watch:
    """The rules over one run, fed with its events in their order."""

    def __init__(self) -> None:
        self._raised: set[Kind] = set()
        self._found: list[Alert] = []
        self._planned: int | None = None
        self._trusted = False
        self._width = UNPLANNED
        self._window: int | None = None
        self._step: float = -math.inf
        self._turns: list[int] = []
        self._sides: dict[str, Loss | HeldOut | None] = {}
        self._broken = Broken()
        self._norms: deque[float] = deque(maxlen=USUAL_MOST)

    def apply(self, event: Event) -> list[Alert]:
        """Take an event in; returns what it raises."""
        match event:
            case Readings() if event.step:
                self._readings(event)
            case Vitals():
                self._vitals(event)
            case KnobTurned():
                self._turns.append(event.step)
            case Started():
                self._end_window()
                self._planned = event.total_steps
                self._trusted = (event.samples_per_step or 0) >= TRUSTED
                self._width = max(1, (event.total_steps or WINDOWS * self._width) // WINDOWS)
            case Finished() | Failed():
                self._end_window()
            case _:
                pass
        found, self._found = self._found, []
        return found

    def _raise(self, step: int, kind: Kind, title: str, hint: str) -> None:
        """Tell it, unless it was told and has not passed since."""
        if kind not in self._raised:
            self._raised.add(kind)
            self._found.append(Alert(step, kind, title, hint))

    # --- readings -------------------------------------------------------------------------------------

    def _readings(self, event: Readings) -> None:
        steps = event.step
        if steps[0] < self._step or sorted(steps) != steps:
            # Steps that fall count as the last, as they do in the plot.
            steps = [int(each) for each in itertools.accumulate(steps, max)]
            steps = [int(max(each, self._step)) for each in steps]
        self._step = steps[-1]
        columns = [(side, values) for name, values in event.s.items() if (side := self._side(name))]
        bad = sorted((row, name, kind) for name, row, kind in event.bad)
        begin = 0
        while begin < len(steps):
            if steps[begin] // self._width != self._window:
                self._end_window()
                self._window = steps[begin] // self._width
            end = len(steps)
            if steps[-1] // self._width != self._window:
                end = bisect_left(steps, (self._window + 1) * self._width, begin)
            for side, values in columns:
                side.take(steps, values, begin, end)
            self._note_broken(event, bad, begin, end)
            begin = end

    def _side(self, name: str) -> "Loss | HeldOut | None":
        """The rules that a series is subject to, if any."""
        if name not in self._sides:
            split, _, metric = name.lower().rpartition("/")
            less = any(word in metric for word in _LESS_IS_BETTER)
            side: Loss | HeldOut | None = None
            if split in _TRAINING and "loss" in metric:
                side = Loss()
            elif split in _HELD_OUT and (less or any(word in metric for word in _MORE_IS_BETTER)):
                side = HeldOut(visible(name), less_is_better=less)
            self._sides[name] = side
        return self._sides[name]

    def _note_broken(
        self, event: Readings, bad: Sequence[tuple[int, str, str]], begin: int, end: int
    ) -> None:
        broken = self._broken
        if broken.name in event.s and not broken.finite:
            values = event.s[broken.name][begin:end]
            broken.finite = values.count(None) < len(values)
        for row, name, kind in bad:
            # The share of nothing is NaN and no disaster: precision before the first hit.
            if begin <= row < end and not any(word in name.lower() for word in _MORE_IS_BETTER):
                if "nan" not in self._raised:
                    broken.name = name
                    self._raise(
                        event.step[row],
                        "nan",
                        _broken_title(name, event.step[row], kind),
                        "A step was so large that it overshot into infinity, or something was divided "
                        "by zero; try a learning rate ten times smaller.",
                    )
                if name == broken.name:
                    broken.again = True

    def _end_window(self) -> None:
        """Judge the window that ends, first the training, then what is held out."""
        if self._window is None:
            return
        if self._broken.recovered():
            self._raised.discard("nan")
        turned = [step for step in self._turns if step // self._width <= self._window]
        self._turns = [step for step in self._turns if step // self._width > self._window]
        sides = [side for _, side in sorted(self._sides.items()) if side is not None]
        losses = [side for side in sides if isinstance(side, Loss)]
        for loss in losses:
            if loss.end(trusted=self._trusted):
                self._judge_loss(loss)
            if turned:
                # What came before a turn says nothing of what comes after it.
                loss.recent.clear()
        for side in sides:
            if isinstance(side, HeldOut) and side.end(self._window, losses[0] if losses else None):
                self._judge_held_out(side)
        if self._planned is None and self._window >= 2 * WINDOWS:
            self._width *= 2

    def _judge_loss(self, loss: "Loss") -> None:
        if loss.climbing >= CLIMBS:
            self._raise(
                loss.step,
                "divergence",
                f"The loss climbs: at step {loss.step} it is {loss.level / loss.best:.0f} times its "
                "best.",
                "Each step overshoots by more than it corrects; try a learning rate three to ten "
                "times smaller.",
            )
        elif loss.back >= BACKS:
            self._raised.discard("divergence")
        if self._planned:
            span = max(FLAT_LEAST, int(FLAT_SHARE * self._planned / self._width))
            self._judge_flat(loss, span)

    def _judge_flat(self, loss: "Loss", span: int) -> None:
        while len(loss.recent) > span:
            loss.recent.popleft()
        if len(loss.recent) < span:
            return
        recent = list(loss.recent)
        before, now = (
            statistics.median(part) for part in (recent[: span // 2], recent[span // 2 :])
        )
        if now < UNLEARNT * loss.start:
            self._raised.discard("plateau")
            return
        # A loss that was thrown up stays where it is for a reason that is told already.
        if now < before - FLAT * abs(before) or "divergence" in self._raised:
            return
        self._raise(
            loss.step,
            "plateau",
            f"The loss has hardly moved for {span * self._width} steps, up to step {loss.step}.",
            "The steps are too small to get anywhere or so large that they jump to and fro, or this "
            "network cannot express the answer; try a learning rate ten times larger, then ten times "
            "smaller.",
        )

    def _judge_held_out(self, side: "HeldOut") -> None:
        if side.recovered:
            self._raised.discard("overfitting")
        long = side.worse >= WORSE_TIMES and side.window - side.since >= WORSE_WINDOWS
        # A network that is thrown about is worse for another reason.
        if long and "divergence" not in self._raised:
            self._raise(
                side.step,
                "overfitting",
                f"{side.name} was best at step {side.best_step} ({side.best_value:.3g}) and is "
                f"{side.value:.3g} at step {side.step}, while the training loss still falls.",
                "The network learns its training set by heart; stop earlier, take more data or a "
                "smaller network, or regularise.",
            )

    # --- vitals ---------------------------------------------------------------------------------------

    def _vitals(self, event: Vitals) -> None:
        if event.dead_relus is not None and event.dead_relus >= DEAD:
            self._raise(
                event.step,
                "dead relus",
                f"{event.dead_relus:.0%} of the ReLU units are silent for the whole batch at step "
                f"{event.step}.",
                "A unit that is 0 for every sample gets no gradient and stays dead, often after one "
                "step that was too large; try a smaller learning rate or another initialisation.",
            )
        elif event.dead_relus is not None and event.dead_relus < REVIVED:
            self._raised.discard("dead relus")
        norm = event.gradient_norm
        enough = len(self._norms) >= USUAL_LEAST
        usual = statistics.median(self._norms) if enough else math.inf
        if event.exploded and "nan" in self._raised:
            return  # the gradient of a NaN is no news
        if event.exploded or (norm is not None and norm > max(LARGE, EXPLODES * usual)):
            size = "is no finite number any more" if norm is None else f"is {norm:.3g} long"
            self._raise(
                event.step,
                "exploding gradient",
                f"The gradient explodes: it {size} at step {event.step}.",
                "One such step can undo all the steps before it; clip the gradient, or take a smaller "
                "learning rate.",
            )
        elif norm is not None:
            if not enough or norm <= CALM * usual:
                self._raised.discard("exploding gradient")
            self._norms.append(norm)


def _broken_title(name: str, step: int, kind: str) -> str:
    words = {"nan": "NaN", "inf": "infinite", "-inf": "minus infinity"}[kind]
    split, _, metric = name.rpartition("/")
    seen = "The loss" if metric == "loss" and split in _TRAINING else visible(name)
    return f"{seen} became {words} at step {step}."
