"""How many pictures a second: ResNet-50 on one core, on all cores, on a GPU, batch by batch.

A call costs something, and a picture costs something (`models/batching.py`). A CPU core is slow at pictures, so
that a batch hardly helps it; a GPU is fast at them, and is idle most of the time unless it is given many at
once. How many times faster it is hangs on the batch.

NVIDIA's page of the V100 (2017 and later) said "47X higher throughput than CPU server on deep learning
inference"; its footnote: ResNet-50, one Xeon E5-2690v4 at 2.6 GHz, and the same with one V100 added.
It is a vendor's figure and does not give the batch, nor the precision on either side. `SLIDE` is drawn
beside what is measured here; the same workload is `divisor` 1 at 224 pixels, on a GPU with a large batch
and `bfloat16`.

Source:
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", CVPR 2016,
    https://arxiv.org/abs/1512.03385
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models import fast, reading, resnet
from models.batching import Measured, law
from models.footprint import PRECISIONS, sizes
from models.memory import MIB, allocated, answering
from models.reading import Picture, Reading, Start, run_alone
from models.stopwatch import (
    LEAST,
    Lane,
    Work,
    given,
    in_turns,
    lanes,
    threads_kept,
)

SLIDE = 47.0
"""What the slide says a V100 does, in times of a server without it."""
LONGEST = 2.5
"""Seconds that a batch may be expected to take; a lane that would need more is asked for no larger one."""
CROWDED = 0.6
"""With less than this share of its core one thread was not alone; then all threads are not timed."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        divisor: How many times narrower than ResNet-50 the network is; 1 is the real one.
        side: Of the square pictures, in pixels.
        batch: The largest batch; those before it are 1, 2, 4 and so on.
        precision: `float32` (on CUDA its products are TF32) or `bfloat16`.
        seconds: What each figure may take.
    """

    divisor: int = 8
    side: int = 224
    batch: int = 16
    precision: str = "float32"
    seconds: float = 0.25

    def check(self) -> None:
        """Raise ValueError where there is nothing to measure."""
        if self.precision not in PRECISIONS:
            raise ValueError(f"The precision is {self.precision!r}; it can be float32 or bfloat16.")
        if self.batch < 1:
            raise ValueError("A batch is at least 1.")


class Bench:
    """The same network in every lane, and what was measured so far.

    Attributes:
        lanes: Who computes.
        found: The figures, in the order in which they were taken.
        left_out: Lane, batch and reason of those that were not.
        memory: MiB that a batch takes, counted.
        held: MiB that a GPU's own allocator held for it.
        given: The share of its core that one thread was given before each batch.
    """

    def __init__(self, config: Config, there: Sequence[Lane]) -> None:
        self.config = config
        self.lanes = list(there)
        self.found: list[Measured] = []
        self.left_out: list[tuple[str, int, str]] = []
        self.memory: dict[int, float] = {}
        self.held: dict[int, float] = {}
        self.given: list[float] = []
        self._networks = {lane.device: self._network(lane.device) for lane in there}
        with torch.device("meta"):
            self._shadow = self._network("meta")

    def _network(self, device: str) -> nn.Module:
        torch.manual_seed(self.config.seed)
        model = resnet.network(self.config.divisor).eval()
        return model.to(device, PRECISIONS[self.config.precision], memory_format=fast.LAYOUT)

    def pictures(self, batch: int, device: str) -> Tensor:
        """A batch of noise: what there is to see makes no difference to the time."""
        side, dtype = self.config.side, PRECISIONS[self.config.precision]
        drawn = torch.randn(batch, 3, side, side, device=device, dtype=dtype)
        return drawn.contiguous(memory_format=fast.LAYOUT)

    def best(self, lane: str) -> Measured | None:
        """What a lane reached with the batch that suits it best."""
        return max(self.of(lane), key=lambda each: each.rate, default=None)

    def of(self, lane: str) -> list[Measured]:
        """All of a lane, smallest batch first."""
        return [each for each in self.found if each.lane == lane]

    def alone(self) -> float:
        """The share of its core that one thread is given just now."""
        lane, work = self._work(self.lanes[0], 1)
        with threads_kept(1), torch.inference_mode():
            return given([lane.time(work) for _ in range(LEAST)])

    def out_of(self, lane: Lane, batch: int, alone: float) -> str:
        """Why a lane is not asked for a batch; nothing where it is."""
        before = self.of(lane.name)
        if before and batch / before[-1].rate > LONGEST:
            return f"over {LONGEST:g} s"
        # Threads that wait for each other stand still with the one whose core is taken.
        return "others compute" if lane.name == "all threads" and alone < CROWDED else ""

    def _work(self, lane: Lane, batch: int) -> tuple[Lane, Work]:
        model, pictures = self._networks[lane.device], self.pictures(batch, lane.device)
        return lane, lambda: model(pictures)

    def measure(self, batch: int) -> list[Measured]:
        """Time every lane with a batch, in turns with single pictures."""
        self.given.append(self.alone())
        reasons = {lane: self.out_of(lane, batch, self.given[-1]) for lane in self.lanes}
        self.left_out += [(lane.name, batch, why) for lane, why in reasons.items() if why]
        there = [lane for lane, why in reasons.items() if not why]
        works = {(lane.name, n): self._work(lane, n) for lane in there for n in {1, batch}}
        with threads_kept(1), torch.inference_mode():
            timings = in_turns(works, self.config.seconds)
            self.memory[batch] = answering(self._shadow, self.pictures(batch, "meta")) / MIB
            for lane in there:
                held = allocated(lane.device, works[lane.name, batch][1])
                if held is not None:
                    self.held[batch] = held / MIB
        new = [
            Measured.of(lane.name, batch, timings[lane.name, 1], timings[lane.name, batch])
            for lane in there
        ]
        self.found += new
        return new


def train(config: Config) -> Iterator[Start | Reading]:
    """A reading for each batch size, which is its step.

    `throughput/LANE` are pictures a second, `gain/LANE` is how many times as many as one by one. `memory`
    is MiB, counted: the most that the network, the batch and what is made of it take at a time;
    `memory/allocator` is what a CUDA GPU held.
    """
    config.check()
    fast.tensor_cores(config.device)
    yield Start(total_steps=config.batch)
    bench = Bench(config, lanes(config.device))
    for batch in sizes(config.batch):
        scalars = {}
        for each in bench.measure(batch):
            scalars |= {f"throughput/{each.lane}": each.rate, f"gain/{each.lane}": each.gain}
        scalars["memory"] = bench.memory[batch]
        if batch in bench.held:
            scalars["memory/allocator"] = bench.held[batch]
        pictures = {"pictures a second": rates(bench), "47 times": ratios(bench)}
        yield Reading(batch, scalars, pictures | {"table": table(bench)})


def rates(bench: Bench) -> Picture:
    """Each lane with one picture at a time, and with the batch that suits it best."""
    bars = []
    for lane in bench.lanes:
        best = bench.best(lane.name)
        ends = (
            [bench.of(lane.name)[0], best] if best and best.batch > 1 else bench.of(lane.name)[:1]
        )
        bars += [(f"{each.lane}, {each.batch}", each.rate) for each in ends]
    return _bars(bars, network_words(bench.config))


def ratios(bench: Bench) -> Picture:
    """The slide's figure beside what was measured here, in times of this CPU at its best."""
    one, many, gpu = (bench.best(name) for name in ("one thread", "all threads", "gpu"))
    cpu = max(each.rate for each in (one, many) if each)
    bars = [("the slide, V100", SLIDE), ("this CPU", 1.0)]
    if one and many:
        bars.append(("one thread of it", one.rate / cpu))
    ends = [bench.of("gpu")[0], gpu] if gpu else []
    bars += [(f"GPU, batch {each.batch}", each.rate / cpu) for each in ends]
    return _bars(bars, f"times this CPU at its best{'' if gpu else '; no GPU here'}")


def _bars(bars: Sequence[tuple[str, float]], words: str) -> Picture:
    data = [[i, value] for i, (_, value) in enumerate(bars)]
    return Picture("histogram", data, words, tuple(name for name, _ in bars))


def network_words(config: Config) -> str:
    """What was asked, in a few words."""
    name = "ResNet-50" if config.divisor == 1 else f"ResNet-50, 1/{config.divisor} as wide"
    return f"{name}, {config.side} pixels, {config.precision}"


def table(bench: Bench) -> Picture:
    """Everything that was measured, and what was not."""
    lines = [f"{'':11}  batch      ms pictures/s spread"]
    for lane in bench.lanes:
        lines += [
            f"{each.lane:11}  {each.batch:5} {1000 * each.batch / each.rate:7.1f}"
            f" {each.rate:10.1f} {each.spread:6.0%}"
            for each in bench.of(lane.name)
        ]
        if len(bench.of(lane.name)) > 1:
            call, picture = (1000 * each for each in law(bench.of(lane.name)))
            # Where pictures cost far more, what a call costs is lost in the noise.
            first = f"{call:.1f} ms a call" if call > 0 else "no call to be seen"
            lines.append(f"{'':11}  {first}, {picture:.2f} ms a picture")
        out = [(batch, why) for name, batch, why in bench.left_out if name == lane.name]
        for reason in dict.fromkeys(why for _, why in out):
            batches = [batch for batch, why in out if why == reason]
            lines.append(f"{lane.name:11}  not {batches[0]} to {batches[-1]}: {reason}")
    return Picture("text", [], "\n".join([*lines, *notes(bench)]))


def notes(bench: Bench) -> list[str]:
    """What to know before one believes the figures."""
    there = {lane.name for lane in bench.lanes}
    found = []
    if "gpu" not in there:
        found.append("No GPU here, so none was measured.")
    if "all threads" not in there:
        found.append("One core here: all threads are one.")
    taken = 1 - min(bench.given)
    if taken > 1 - CROWDED:
        found.append(f"Others took up to {taken:.0%} of its core.")
    return found


if __name__ == "__main__":
    run_alone(train(Config()), every=1)
