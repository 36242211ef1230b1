"""Speech recognition without a ruler: CTC on keypad tones.

The clip is 60 frames, the answer five keys, and nobody says which frame belongs to which key. The network
says for every frame one of 16 keys or a blank. Repeats collapse, then blanks go:

    - 4 4 - - 4 1 1 -     ->     4 4 1

so many frame sequences spell the same answer, and the loss is minus the logarithm of the probability
of all of them together, summed by a recursion over the answer with blanks between its letters.

Source:
    A. Graves, S. Fernández, F. Gomez and J. Schmidhuber, "Connectionist temporal classification:
    labelling unsegmented sequence data with recurrent neural networks", ICML 2006,
    https://doi.org/10.1145/1143844.1143891
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.keypad import KEYS, Clips, clips
from models.reading import Picture, Reading, Start, run_alone

BLANK, BATCH, BATCHES, TEST = 0, 32, 46, 300
"""The blank's index (keys follow from 1); clips a step; batches that are made; clips to test on."""

NEVER = -1e30
"""The logarithm of a probability of nothing; the gradient through a real -inf is not a number."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        decibels: How much louder the tones are than the noise.
        learning_rate: Adam's at the start; it falls to a twentieth. Live.
        steps: Optimiser steps.
    """

    decibels: float = 10.0
    learning_rate: float = 3e-3
    steps: int = 400


class Transcriber(nn.Module):
    """(n, frames, 44) spectrograms to (n, frames, 17) log-probabilities of blank and keys."""

    def __init__(self, hidden: int = 48) -> None:
        super().__init__()
        self.near = nn.Conv1d(44, 64, 3, padding=1)
        self.far = nn.GRU(64, hidden, batch_first=True, bidirectional=True)
        self.say = nn.Linear(2 * hidden, len(KEYS) + 1)

    def forward(self, frames: Float[Tensor, "n frames 44"]) -> Float[Tensor, "n frames 17"]:
        """What each frame says."""
        near = functional.relu(self.near(frames.transpose(1, 2))).transpose(1, 2)
        return self.say(self.far(near)[0]).log_softmax(2)


def collapse(said: Sequence[int], blank: int = BLANK) -> list[int]:
    """Repeats become one, then blanks go: `[1, 1, 0, 1, 2]` is `[1, 1, 2]`."""
    return [
        now for before, now in zip([blank, *said], said, strict=False)
        if now not in (before, blank)
    ]  # fmt: skip


def ctc_loss(
    log_probabilities: Float[Tensor, "frames symbols"], answer: Int[Tensor, " letters"]
) -> Float[Tensor, ""]:
    """Minus the log-probability of one answer, written out; torch's own does whole batches.

    The answer with blanks around every letter is walked through frame by frame: stay, go on by one,
    or skip the blank between two different letters.
    """
    spelled = torch.full((2 * len(answer) + 1,), BLANK)
    spelled[1::2] = answer
    skips = torch.zeros(len(spelled), dtype=torch.bool)
    skips[2:] = (spelled[2:] != BLANK) & (spelled[2:] != spelled[:-2])
    never = log_probabilities.new_full((2,), NEVER)
    paths = log_probabilities.new_full((len(spelled),), NEVER)
    first = torch.zeros_like(paths, dtype=torch.bool)
    first[:2] = True
    paths = torch.where(first, log_probabilities[0, spelled], paths)
    for frame in log_probabilities[1:]:
        before = torch.cat([never, paths])
        two = torch.where(skips, before[:-2], NEVER)
        paths = torch.stack([paths, before[1:-1], two]).logsumexp(0) + frame[spelled]
    return -paths[-2:].logsumexp(0)


@torch.no_grad()
def transcribe(model: nn.Module, given: Clips) -> list[list[int]]:
    """The keys of each clip, by the likeliest symbol of every frame."""
    best = model(given.frames).argmax(2).tolist()
    lengths = given.lengths.tolist()
    return [
        [symbol - 1 for symbol in collapse(said[:length])]
        for said, length in zip(best, lengths, strict=True)
    ]


def exact(model: nn.Module, given: Clips) -> float:
    """The share of clips of which every key is right."""
    truth = [part.tolist() for part in given.keys.split(given.counts.tolist())]
    return sum(a == b for a, b in zip(transcribe(model, given), truth, strict=True)) / len(truth)


def picture(model: nn.Module, given: Clips) -> Picture:
    """One clip: its spectrogram with low tones at the bottom, and what every frame says."""
    length = int(given.lengths[0])
    with torch.no_grad():
        said = model(given.frames[:1])[0, :length].argmax(1).tolist()
    strip = "".join("-" if symbol == BLANK else KEYS[symbol - 1] for symbol in said)
    truth = "".join(KEYS[key] for key in given.keys[: int(given.counts[0])].tolist())
    caption = f"frames say {strip}; dialled: {truth}"
    return Picture("heat_map", given.frames[0, :length].T.flip(0), caption)


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step over 1,472 clips, each time with a little more noise.

    `valid/exact` is of 100 clips and comes every 50 steps; `test/exact` of 300 others, at the end.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    parts = [clips(BATCH, config.decibels, generator).to(config.device) for _ in range(BATCHES)]
    held_out = torch.Generator().manual_seed(10_000 + config.seed)
    valid = clips(100, config.decibels, held_out).to(config.device)
    test = clips(TEST, config.decibels, held_out).to(config.device)
    model = Transcriber().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(
        total_steps=config.steps, samples_per_step=BATCH, steps_per_epoch=BATCHES, model=model,
        optimizer=optimizer, example=parts[0].frames,
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        now = parts[step % BATCHES]
        frames = now.frames + 0.1 * torch.randn_like(now.frames)
        said = model(frames).transpose(0, 1)
        loss = functional.ctc_loss(said, now.keys + 1, now.lengths, now.counts, blank=BLANK)
        rate = config.learning_rate * max(0.05, 1 - step / config.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        item = Reading(step, {"train/loss": loss.detach()})
        if step % 50 == 0:
            item.scalars["valid/exact"] = exact(model, valid)
            item.pictures["clip"] = picture(model, valid)
        if step == config.steps:
            item.scalars["test/exact"] = exact(model, test)
        yield item


if __name__ == "__main__":
    run_alone(train(Config()))
