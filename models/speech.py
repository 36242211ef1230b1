"""Text to speech in small: how long, how loud, and a wave.

From a string of keys the network says for each one how long it sounds, how long the pause after it is,
and how loud each of eight oscillators is; a length regulator stretches that over time, and the
oscillators make the wave. A decoder that knows nothing of the network listens, by Goertzel's filters,
and says which keys it heard. That is the shape of FastSpeech and a vocoder, with eight tones for a voice.

People do not dial one key twice alike, so the best single length is the mean, and a voice of means has no
rhythm. Lengths that are drawn about the mean have one. The decoder understands both.

Sources:
    Y. Ren et al., "FastSpeech: fast, robust and controllable text to speech", NeurIPS 2019,
    https://arxiv.org/abs/1905.09263
    G. Goertzel, "An algorithm for the evaluation of finite trigonometric series", American
    Mathematical Monthly 65(1):34-35, 1958, https://doi.org/10.2307/2310304
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.keypad import HIGH, KEYS, LOW
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

RATE, FRAME = 8000, 160
"""Samples a second, and of a frame of 20 ms."""
TONES = torch.tensor(LOW + HIGH)
SOUNDS, PAUSES = (6, 11), (3, 6)
"""Frames of a key and of the pause after it, the upper bound not among them."""
HEARD = 0.15
"""Loudness above which a tone counts as there."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        lengths: What is spoken of the lengths: their `mean`, or one `drawn` about it. Live.
        learning_rate: Adam's. Live.
        steps: Optimiser steps, each on 32 strings of four keys.
    """

    lengths: str = "mean"
    learning_rate: float = 5e-3
    steps: int = 1000


class Speaker(nn.Module):
    """(n, keys) to (n, keys, 2) frames of sound and pause, and (n, keys, 8) loudnesses.

    `spread` is the logarithm of how far sounds and pauses of people lie from the mean, in frames.
    """

    def __init__(self, wide: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(KEYS), wide)
        self.around = nn.Conv1d(wide, wide, 3, padding=1)
        self.lengths = nn.Linear(wide, 2)
        self.loudness = nn.Linear(wide, len(TONES))
        self.spread = nn.Parameter(torch.zeros(2))

    def forward(self, keys: Int[Tensor, "n keys"]) -> tuple[Tensor, Tensor]:
        """How long, and how loud."""
        own = self.embed(keys)
        around = functional.relu(self.around(own.transpose(1, 2))).transpose(1, 2) + own
        return functional.softplus(self.lengths(around)), self.loudness(around).sigmoid()

    def misjudged(self, off: Float[Tensor, "n keys 2"]) -> Float[Tensor, ""]:
        """Minus the log-density of such distances from the mean, but for a constant."""
        return (self.spread + 0.5 * (off / self.spread.exp()).square()).mean()


def goertzel(samples: Float[Tensor, " samples"]) -> Float[Tensor, "frames 8"]:
    """How loud each tone is in every frame of 20 ms; 1 is an amplitude of 1."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    time = torch.arange(FRAME) / RATE
    angle = math.tau * time[:, None] * TONES
    real, imaginary = frames @ angle.cos(), frames @ angle.sin()
    return (real.square() + imaginary.square()).sqrt() * 2 / FRAME


def hear(samples: Float[Tensor, " samples"]) -> str:
    """The keys in a wave: where both a low and a high tone begin after a frame without."""
    text, before = "", False
    for frame in goertzel(samples):
        low, high = frame[:4], frame[4:]
        there = bool(low.max() > HEARD) and bool(high.max() > HEARD)
        if there and not before:
            text += KEYS[int(low.argmax()) * 4 + int(high.argmax())]
        before = there
    return text


def wave(
    lengths: Float[Tensor, "keys 2"], loudness: Float[Tensor, "keys 8"]
) -> Float[Tensor, " samples"]:
    """The oscillators, each key as long as it was said to be, whole frames."""
    parts = []
    for (sound, pause), loud in zip(lengths.round().int().tolist(), loudness, strict=True):
        time = torch.arange(sound * FRAME) / RATE
        parts.append((loud * (math.tau * time[:, None] * TONES).sin()).sum(1))
        parts.append(torch.zeros(pause * FRAME))
    return torch.cat(parts)


def lesson(
    count: int, generator: torch.Generator
) -> tuple[Int[Tensor, "n 4"], Float[Tensor, "n 4 2"], Float[Tensor, "n 4 8"]]:
    """Strings of four keys as somebody dials them: their lengths in frames, and their tones.

    The loudnesses are measured in the wave, not written down.
    """
    keys = torch.randint(len(KEYS), (count, 4), generator=generator)
    sounds = torch.randint(*SOUNDS, (count, 4), generator=generator)
    pauses = torch.randint(*PAUSES, (count, 4), generator=generator)
    return keys, torch.stack([sounds, pauses], 2).float(), _measured()[keys]


def _measured() -> Float[Tensor, "16 8"]:
    """The mean loudness of each tone while a key sounds, at an amplitude of a half."""
    time = torch.arange(8 * FRAME) / RATE
    waves = [
        0.5 * (math.tau * LOW[key // 4] * time).sin()
        + 0.5 * (math.tau * HIGH[key % 4] * time).sin()
        for key in range(len(KEYS))
    ]
    return torch.stack([goertzel(each).mean(0) for each in waves])


@torch.no_grad()
def spoken(
    model: Speaker, keys: Int[Tensor, "n keys"], lengths: str, generator: torch.Generator
) -> tuple[Float[Tensor, "n keys 2"], Float[Tensor, "n keys 8"]]:
    """Whole frames, at least one each, and loudnesses, as `wave` takes them."""
    device = model.embed.weight.device
    long, loud = (each.cpu() for each in model(keys.to(device)))
    if lengths == "drawn":
        long = long + model.spread.exp().cpu() * torch.randn(long.shape, generator=generator)
    return long.round().clamp(1), loud


def judge(
    model: Speaker, count: int, lengths: str, generator: torch.Generator
) -> tuple[float, float]:
    """Of new strings of six keys: the share that is heard as written, and the rhythm.

    The rhythm is the standard deviation of how long keys sound, in milliseconds.
    """
    keys = torch.randint(len(KEYS), (count, 6), generator=generator)
    long, loud = spoken(model, keys, lengths, generator)
    heard = [hear(wave(*each)) for each in zip(long, loud, strict=True)]
    written = ["".join(KEYS[key] for key in row) for row in keys.tolist()]
    understood = sum(a == b for a, b in zip(heard, written, strict=True)) / count
    return understood, 1000 * FRAME / RATE * float(long[:, :, 0].std())


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step; every 50 the decoder listens to 20 new strings, at the end to 200.

    `train/lengths` is a squared error: lengths are random by nature, so it cannot fall below their
    variance. `understood` and `rhythm` are those of `judge`.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    listener = torch.Generator().manual_seed(10_000 + config.seed)
    model = Speaker().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(
        total_steps=config.steps, samples_per_step=32, model=model, optimizer=optimizer,
        example=torch.zeros(1, 4, dtype=torch.long, device=config.device),
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        keys, lengths, tones = (each.to(config.device) for each in lesson(32, generator))
        said, loud = model(keys)
        long = functional.mse_loss(said, lengths)
        tone = functional.mse_loss(loud, tones)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        (0.1 * long + tone + 0.1 * model.misjudged((lengths - said).detach())).backward()
        optimizer.step()
        now = Reading(step, {"train/lengths": long.detach(), "train/loudness": tone.detach()})
        if step % 50 == 0:
            found = judge(model, 20, config.lengths, listener)
            now.scalars["valid/understood"], now.scalars["valid/rhythm"] = found
            with torch.no_grad():
                every = torch.arange(16, device=config.device).reshape(4, 4)
                loud = model(every)[1].reshape(16, 8)
            caption = "how loud each tone (column) is for each key (row)"
            now.pictures["keys"] = Picture("heat_map", loud, caption, tuple(KEYS))
        if step == config.steps:
            found = judge(model, 200, config.lengths, listener)
            now.scalars["test/understood"], now.scalars["test/rhythm"] = found
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))
