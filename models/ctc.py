"""Speech recognition without a ruler: CTC on keypad tones.

The clip is 60 frames, the answer five keys, and nobody says which frame belongs to which key. The network
says for every frame one of 16 keys or a blank. Repeats collapse, then blanks go:

    - 4 4 - - 4 1 1 -     ->     4 4 1

so many frame sequences spell the same answer, and the loss is minus the logarithm of the probability
of all of them together, summed by a recursion over the answer with blanks between its letters.

To read an answer out, take the likeliest symbol of every frame (best path), or look for the answer whose
paths together are the likeliest (prefix search). The two need not agree: two frames that say "a" with 0.4
and a blank with 0.6 spell "a" with 0.64, though the best path is blank.

Source:
    A. Graves, S. Fernández, F. Gomez and J. Schmidhuber, "Connectionist temporal classification:
    labelling unsegmented sequence data with recurrent neural networks", ICML 2006,
    https://doi.org/10.1145/1143844.1143891
"""

from collections import defaultdict
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

KEPT, NEAR = 8, 6
"""Of a prefix search: prefixes that are kept, and symbols that are tried in each frame."""

NEVER = -1e30
"""The logarithm of a probability of nothing; the gradient through a real -inf is not a number."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        decibels: How much louder the tones are than the noise.
        decoder: How answers are read out, `best path` or `prefix search`; training knows nothing of it.
        learning_rate: Adam's at the start; it falls to a twentieth. Live.
        steps: Optimiser steps.
    """

    decibels: float = 10.0
    decoder: str = "best path"
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


def search(
    probabilities: Float[Tensor, "frames symbols"], kept: int = KEPT, near: int = NEAR
) -> list[int]:
    """The answer whose paths together are the likeliest, among those that a prefix search meets.

    For every prefix of an answer it knows how likely its paths are that end in a blank, and those that
    end in its last letter: only after a blank is the same letter again a new one.

    Args:
        probabilities: Of blank and letters in each frame.
        kept: Prefixes that are kept from frame to frame.
        near: The likeliest symbols of a frame, which alone are tried. With all symbols and prefixes
            the search is exact.
    """
    best = probabilities.topk(min(near, probabilities.shape[1]), 1)
    frames = zip(probabilities[:, BLANK].tolist(), *(x.tolist() for x in best), strict=True)
    prefixes = {(): (1.0, 0.0)}
    for blank, chances, symbols in frames:
        grown: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for prefix, (paused, sounding) in prefixes.items():
            grown[prefix][0] += (paused + sounding) * blank
            for chance, symbol in zip(chances, symbols, strict=True):
                if symbol == BLANK:
                    continue
                again = prefix[-1:] == (symbol,)
                if again:
                    grown[prefix][1] += sounding * chance
                grown[*prefix, symbol][1] += (paused if again else paused + sounding) * chance
        found = sorted(grown.items(), key=lambda item: -sum(item[1]))[:kept]
        # Only ratios matter, and the product of so many probabilities would end at 0.
        whole = sum(sum(each) for _, each in found)
        prefixes = {prefix: (each[0] / whole, each[1] / whole) for prefix, each in found}
    return list(max(prefixes, key=lambda prefix: sum(prefixes[prefix])))


@torch.no_grad()
def transcribe(model: nn.Module, given: Clips, decoder: str = "best path") -> list[list[int]]:
    """The keys of each clip."""
    said, lengths = model(given.frames).exp().cpu(), given.lengths.tolist()
    clips_of = [each[:length] for each, length in zip(said, lengths, strict=True)]
    if decoder == "prefix search":
        answers = [search(each) for each in clips_of]
    else:
        answers = [collapse(each.argmax(1).tolist()) for each in clips_of]
    return [[symbol - 1 for symbol in answer] for answer in answers]


def exact(model: nn.Module, given: Clips, decoder: str = "best path") -> float:
    """The share of clips of which every key is right."""
    truth = [part.tolist() for part in given.keys.split(given.counts.tolist())]
    said = transcribe(model, given, decoder)
    return sum(a == b for a, b in zip(said, truth, strict=True)) / len(truth)


def picture(model: nn.Module, given: Clips, decoder: str) -> Picture:
    """One clip: its spectrogram with low tones at the bottom, what every frame says, what is read."""
    length = int(given.lengths[0])
    with torch.no_grad():
        said = model(given.frames[:1])[0, :length].argmax(1).tolist()
    strip = "".join("-" if symbol == BLANK else KEYS[symbol - 1] for symbol in said)
    truth = "".join(KEYS[key] for key in given.keys[: int(given.counts[0])].tolist())
    read = "".join(KEYS[key] for key in transcribe(model, given, decoder)[0])
    caption = f"dialled {truth}, read {read or 'nothing'}; frames say {strip}"
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
            item.scalars["valid/exact"] = exact(model, valid, config.decoder)
            item.pictures["clip"] = picture(model, valid, config.decoder)
        if step == config.steps:
            item.scalars["test/exact"] = exact(model, test, config.decoder)
        yield item


if __name__ == "__main__":
    run_alone(train(Config()))
