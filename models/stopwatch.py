"""How to time a network: warm up, wait for the device, take turns, take the median.

Four ways to fool oneself, and what is done about them here:

- *The first calls are slow*: memory is fetched, kernels are chosen. They are not timed.
- *A GPU is only handed its work*, and the call is back at once. The clock is read when the device has
  finished (`Lane.wait`); without that one times the handing over, whatever the work.
- *The machine does other things.* What is to be compared is timed turn by turn, so that it hits both;
  and one thread is timed by what its core gave to it, which on an idle machine is the time of the wall.
- *Some calls are interrupted.* The median of several does not mind.

Source:
    "CUDA semantics: asynchronous execution", PyTorch's documentation,
    https://docs.pytorch.org/docs/stable/notes/cuda.html
"""

import os
import statistics
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch

Clock = Callable[[], float]
Work = Callable[[], object]
Name = TypeVar("Name", bound=Hashable)
WARM_UP = 2
"""Calls that are not timed."""
LEAST, MOST = 3, 25
"""Turns of each piece of work."""
PATIENCE = 3
"""A crowded machine gets so many times the seconds it was meant to take, and no more."""


class Timing(NamedTuple):
    """Seconds of one call: by the clock of its lane, and of the wall."""

    seconds: float
    wall: float


@dataclass(frozen=True)
class Lane:
    """Something that computes.

    Attributes:
        name: `one thread`, `all threads` or `gpu`.
        device: As torch calls it.
        threads: Of the CPU.
        clock: What its seconds are read from.
        wall: The clock on the wall.
    """

    name: str
    device: str = "cpu"
    threads: int = 1
    clock: Clock = time.perf_counter
    wall: Clock = time.perf_counter

    def wait(self) -> None:
        """Come back when the device has done all that it was handed."""
        if self.device not in ("cpu", "meta"):
            torch.accelerator.synchronize(self.device)

    def time(self, work: Work) -> Timing:
        """Time one call."""
        if self.device == "cpu":
            torch.set_num_threads(self.threads)
        self.wait()
        wall, began = self.wall(), self.clock()
        work()
        self.wait()
        return Timing(self.clock() - began, self.wall() - wall)


def cores(root: Path = Path("/")) -> int:
    """Cores that this process may use: those it is bound to, or fewer where a container says so.

    Args:
        root: Of the file system.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = (root / "sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return bound or 1
    return bound or 1 if quota == "max" else max(1, min(bound or 1, int(quota) // int(period)))


def lanes(device: str, threads: int | None = None) -> list[Lane]:
    """What there is to compare: one thread, all of them where there are more, and the device.

    Args:
        device: A torch device; `cpu` where there is no other.
        threads: How many all of them are; counted where it is None.
    """
    many = cores() if threads is None else threads
    found = [Lane("one thread", clock=time.thread_time)]
    if many > 1:
        found.append(Lane("all threads", threads=many))
    if device != "cpu":
        found.append(Lane("gpu", device))
    return found


@contextmanager
def threads_kept(count: int) -> Iterator[None]:
    """So many threads within; afterwards as many as before, whatever was timed."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(count)
        yield
    finally:
        torch.set_num_threads(before)


def in_turns(
    works: Mapping[Name, tuple[Lane, Work]], seconds: float, now: Clock = time.perf_counter
) -> dict[Name, list[Timing]]:
    """Time pieces of work, each once a turn, after calls that are not timed.

    Args:
        works: What to do and who does it, by name.
        seconds: What each piece may take in all; there are between `LEAST` and `MOST` turns, but
            fewer on a machine that is `PATIENCE` times as slow.
        now: The clock that the turns are ended by.

    Returns:
        The timings of each piece, turn by turn.
    """
    began, meant = now(), seconds * len(works)
    for lane, work in works.values():
        for _ in range(WARM_UP):
            lane.time(work)
            if now() - began > meant:
                break
    found: dict[Name, list[Timing]] = {name: [] for name in works}
    for turn in range(MOST):
        spent = now() - began
        if (turn and spent > PATIENCE * meant) or (turn >= LEAST and spent > meant):
            break
        for name, (lane, work) in works.items():
            found[name].append(lane.time(work))
    return found


def middle(timings: Sequence[Timing]) -> float:
    """The median of the lane's own seconds."""
    return statistics.median(each.seconds for each in timings)


def spread(timings: Sequence[Timing]) -> float:
    """How far the middle half of the timings is apart, as a share of the median; 0 of one."""
    if len(timings) < 2:
        return 0.0
    low, _, high = statistics.quantiles([each.seconds for each in timings], method="inclusive")
    return (high - low) / middle(timings)


def given(timings: Sequence[Timing]) -> float:
    """The share of the wall's time in which the work was done; the rest others had."""
    wall = sum(each.wall for each in timings)
    return sum(each.seconds for each in timings) / wall if wall else 1.0
