"""What a batch takes: the memory and the time of one training step, batch by batch.

Asked for its answer only, a network forgets each layer's output as soon as the next has used it. A
step of training has to keep them, since the way back needs them: these *activations* grow with the
batch and with the picture's area, while weights, gradients and the optimiser's state stay as they are.

Three ways to the same batch in less memory: add up the gradients of several smaller `pieces`, which
costs almost nothing; `recompute` each block's insides on the way back, which costs one forward pass
more; and 16-bit numbers (`precision`), which halve what is kept.

Memory is counted, not asked for (`models/memory.py`), so that it is the same on every device. What a
GPU's own allocator held at most is told beside it; its libraries' scratch space is in that, too.

Source:
    T. Chen, B. Xu, C. Zhang and C. Guestrin, "Training deep nets with sublinear memory cost", 2016,
    https://arxiv.org/abs/1604.06174 (recomputing)
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from models import fast, reading, resnet
from models.memory import MIB, Live, allocated, size
from models.reading import Picture, Reading, Start, run_alone
from models.stopwatch import Lane, in_turns, middle, threads_kept

CLASSES = 10
SHRINKS = 32
"""What comes out has so many times fewer pixels a side."""
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        divisor: How many times narrower than ResNet-50 the network is.
        side: Of the square pictures, in pixels.
        batch: The largest batch; those before it are 1, 2, 4 and so on.
        optimiser: One of `models.fast.OPTIMISERS`.
        pieces: A batch is taken in so many pieces, whose gradients add up.
        recompute: Whether the insides of blocks are worked out anew on the way back.
        precision: `float32` or `bfloat16`, of the activations.
        seconds: What timing one batch may take.
    """

    divisor: int = 8
    side: int = 96
    batch: int = 32
    optimiser: str = "momentum"
    pieces: int = 1
    recompute: bool = False
    precision: str = "float32"
    seconds: float = 0.4

    def check(self) -> None:
        """Raise ValueError where there is no such step."""
        if self.precision not in PRECISIONS:
            raise ValueError(f"The precision is {self.precision!r}; it can be float32 or bfloat16.")
        if self.batch < 1 or self.pieces < 1:
            raise ValueError("A batch and its pieces are at least 1.")
        if self.side <= SHRINKS:
            raise ValueError(
                f"The side has to be over {SHRINKS}: of one pixel there is no variance."
            )


class Footprint(NamedTuple):
    """Bytes of a step of training, by what they are for."""

    weights: int
    gradients: int
    state: int
    activations: int
    peak: int


class Step:
    """A network that learns from random pictures."""

    def __init__(self, config: Config) -> None:
        self.config = config
        model = resnet.network(config.divisor, CLASSES)
        self.model = model.to(config.device, memory_format=fast.LAYOUT)
        self.optimizer = fast.optimiser(
            config.optimiser, self.model.parameters(), 0.01, config.device
        )

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """So many pictures and their labels."""
        side = self.config.side
        pictures = torch.randn(count, 3, side, side, device=self.config.device)
        labels = torch.randint(CLASSES, (count,), device=self.config.device)
        return pictures.contiguous(memory_format=fast.LAYOUT), labels

    def forward(self, x: Tensor) -> Tensor:
        """Logits; with `recompute` a block's insides are forgotten until the way back."""
        for part in self.model:
            if self.config.recompute and isinstance(part, resnet.Block):
                x = checkpoint(part, x, use_reentrant=False)
            else:
                x = part(x)
        return x

    def losses(self, pictures: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """The share of each piece in the loss, one after the other; go back before the next."""
        piece = math.ceil(len(labels) / self.config.pieces)
        kind, dtype = self.config.device.partition(":")[0], PRECISIONS[self.config.precision]
        for x, y in zip(pictures.split(piece), labels.split(piece), strict=True):
            with torch.autocast(kind, dtype, enabled=dtype != torch.float32):
                loss = functional.cross_entropy(self.forward(x), y, reduction="sum")
            yield loss / len(labels)

    def __call__(self, pictures: Tensor, labels: Tensor) -> None:
        """One step."""
        self.optimizer.zero_grad()
        for loss in self.losses(pictures, labels):
            loss.backward()
        self.optimizer.step()

    def footprint(self, pictures: Tensor, labels: Tensor) -> Footprint:
        """What a step takes, once the optimiser has its state."""
        self(pictures, labels)
        self.optimizer.zero_grad()
        activations = 0
        with Live() as live:
            for loss in self.losses(pictures, labels):
                # Of the first piece: later there are gradients as well.
                activations = activations or live.now
                loss.backward()
        own, batch = [*self.model.parameters(), *self.model.buffers()], size([pictures, labels])
        state = [each for kept in self.optimizer.state.values() for each in kept.values()]
        return Footprint(
            size(own),
            size(each.grad for each in self.model.parameters()),
            size(each for each in state if isinstance(each, Tensor)),
            activations + batch,
            size(own) + size(state) + batch + live.peak,
        )


def sizes(largest: int) -> list[int]:
    """1, 2, 4 and so on, and the largest."""
    return [*(2**i for i in range(largest.bit_length()) if 2**i < largest), largest]


def train(config: Config) -> Iterator[Start | Reading]:
    """A reading for each batch size, which is its step.

    `memory/...` are MiB of a step; `ms a picture` is its time, on one thread of a CPU.
    """
    config.check()
    torch.manual_seed(config.seed)
    fast.tensor_cores(config.device)
    yield Start(total_steps=config.batch)
    step = Step(config)
    clock = time.thread_time if config.device == "cpu" else time.perf_counter
    lane = Lane("step", config.device, clock=clock)
    rows: list[tuple[int, Footprint, float, int | None]] = []
    for count in sizes(config.batch):
        batch = step.draw(count)
        with threads_kept(lane.threads):
            taken = step.footprint(*batch)
            timings = in_turns({"step": (lane, lambda batch=batch: step(*batch))}, config.seconds)
        milliseconds = 1000 * middle(timings["step"]) / count
        held = allocated(config.device, lambda batch=batch: step(*batch))
        rows.append((count, taken, milliseconds, held))
        scalars = {f"memory/{name}": bytes_ / MIB for name, bytes_ in taken._asdict().items()}
        scalars["ms a picture"] = milliseconds
        if held is not None:
            scalars["memory/allocator"] = held / MIB
        yield Reading(count, scalars, {"where it goes": bars(taken, count), "table": table(rows)})


def bars(taken: Footprint, count: int) -> Picture:
    """The parts of a step's memory, in MiB."""
    parts = list(taken._asdict())[:-1]
    data = [[i, getattr(taken, part) / MIB] for i, part in enumerate(parts)]
    words = f"MiB of a step of {count}; {taken.peak / MIB:.0f} MiB at the most"
    return Picture("histogram", data, words, tuple(parts))


def table(rows: Sequence[tuple[int, Footprint, float, int | None]]) -> Picture:
    """Batch by batch, in words."""
    head = "batch  activations  peak MiB  ms a picture"
    if rows[-1][3] is not None:
        head += "  allocator MiB"
    lines = [head]
    for count, taken, milliseconds, held in rows:
        line = f"{count:5} {taken.activations / MIB:12.1f} {taken.peak / MIB:9.1f}"
        line += f" {milliseconds:13.2f}"
        lines.append(line if held is None else f"{line} {held / MIB:14.1f}")
    return Picture("text", [], "\n".join(lines))


if __name__ == "__main__":
    run_alone(train(Config()), every=1)
