"""Keypad tones, and a clip of somebody dialling: 16 keys, two tones each.

A key sounds one low and one high tone at once (DTMF), so that neither a voice nor noise is mistaken
for one. Clips have three to seven keys of random length, gap and loudness, in white noise.

Source:
    Recommendation ITU-T Q.23, "Technical features of push-button telephone sets", 1988,
    https://www.itu.int/rec/T-REC-Q.23
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

KEYS = "123A456B789C*0#D"
LOW, HIGH = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
"""Hz of the rows and the columns of the pad."""
RATE = 4000
"""Samples a second."""
WINDOW, HOP, BANDS = 128, 64, slice(16, 60)
"""Samples of a frame of the spectrogram, samples to the next, and the bands kept: 500 to 1,844 Hz."""


@dataclass(frozen=True)
class Clips:
    """Spectrograms of many clips, and the keys in them.

    Attributes:
        frames: (clips, frames, 44) log magnitudes, padded at the end.
        lengths: (clips,) frames of each.
        keys: (all keys,) 0 to 15, clip after clip.
        counts: (clips,) keys of each.
    """

    frames: Float[Tensor, "clips frames bands"]
    lengths: Int[Tensor, " clips"]
    keys: Int[Tensor, " keys"]
    counts: Int[Tensor, " clips"]

    def to(self, device: str) -> "Clips":
        """The same clips on another device."""
        return Clips(*(each.to(device) for each in vars(self).values()))


def tone(key: int, samples: int, phases: tuple[float, float] = (0.0, 0.0)) -> Float[Tensor, " s"]:
    """Both tones of a key, each of amplitude 1."""
    time = torch.arange(samples) / RATE
    low, high = (LOW[key // 4], HIGH[key % 4])
    return (math.tau * low * time + phases[0]).sin() + (math.tau * high * time + phases[1]).sin()


def dialled(
    decibels: float, generator: torch.Generator
) -> tuple[Float[Tensor, " samples"], Int[Tensor, " keys"]]:
    """A clip: keys of 40 to 80 ms with 15 to 60 ms between them, and noise.

    Args:
        decibels: How much louder a tone of amplitude 1 is than the noise.
        generator: What it is drawn with.
    """

    def between(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand(1, generator=generator))

    keys = torch.randint(16, (int(between(3, 8)),), generator=generator)
    parts = [torch.zeros(int(between(40, 200)))]
    for key in keys.tolist():
        sound = tone(key, int(RATE * between(0.04, 0.08)), (between(0, 6), between(0, 6)))
        parts += [between(0.5, 1.0) * sound, torch.zeros(int(RATE * between(0.015, 0.06)))]
    clean = torch.cat([*parts, torch.zeros(100)])
    noise = torch.randn(len(clean), generator=generator)
    return clean + noise * 10 ** (-decibels / 20), keys


def spectrogram(samples: Float[Tensor, " samples"]) -> Float[Tensor, "frames bands"]:
    """The logarithm of how loud each band is, frame by frame, under a Hann window."""
    frames = samples.unfold(0, WINDOW, HOP) * torch.hann_window(WINDOW, periodic=False)
    return (torch.fft.rfft(frames).abs()[:, BANDS] + 0.01).log()


def clips(count: int, decibels: float, generator: torch.Generator) -> Clips:
    """So many clips of their own lengths."""
    drawn = [dialled(decibels, generator) for _ in range(count)]
    pictures = [spectrogram(samples) for samples, _ in drawn]
    padded = torch.nn.utils.rnn.pad_sequence(pictures, batch_first=True, padding_value=-1.0)
    return Clips(
        padded,
        torch.tensor([len(each) for each in pictures]),
        torch.cat([keys for _, keys in drawn]),
        torch.tensor([len(keys) for _, keys in drawn]),
    )
