"""What runs of a known case looked like: recorded once by the author, drawn behind the learner's.

`reference/RUN.json` in a lesson's folder holds, for every case, a band over several seeds.
"""

import bisect
import math
import statistics
from collections.abc import Sequence

import msgspec
from msgspec import Struct

POINTS = 120
"""Steps kept of a band; a plot is rarely wider."""


class Band(Struct, frozen=True):
    """Least, middle and greatest value over the seeds, step by step; None where not finite."""

    step: list[int]
    lo: list[float | None]
    mid: list[float | None]
    hi: list[float | None]


class CaseRecord(Struct, frozen=True):
    """A case as it came out on every seed."""

    outcome: str
    seeds: int
    series: dict[str, Band]


class Reference(Struct, frozen=True):
    """`reference/RUN.json`."""

    run: str
    fingerprint: str
    """Hash of the entry's file and of the run's knobs and cases; another one means: stale."""
    torch: str
    device: str
    cases: dict[str, CaseRecord]


_decoder = msgspec.json.Decoder(Reference)


def decode_reference(text: bytes) -> Reference:
    """Read a record. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(text)


def band(runs: Sequence[Sequence[tuple[int, float]]], points: int = POINTS) -> Band:
    """The band of one series over several runs.

    Args:
        runs: For each seed the readings as (step, value), steps ascending.
        points: Most steps to keep.

    Returns:
        At each kept step the least, median and greatest of the runs' latest values up to it. A run
        that ended or turned NaN before that step leaves None there.
    """
    steps = sorted({step for run in runs for step, _ in run})
    if len(steps) > points:
        steps = [steps[round(i * (len(steps) - 1) / (points - 1))] for i in range(points)]
    columns = [_at(run, steps) for run in runs]
    lo: list[float | None] = []
    mid: list[float | None] = []
    hi: list[float | None] = []
    for values in zip(*columns, strict=True):
        finite = [value for value in values if math.isfinite(value)]
        whole = len(finite) == len(values)
        lo.append(_short(min(finite)) if whole else None)
        mid.append(_short(statistics.median(finite)) if whole else None)
        hi.append(_short(max(finite)) if whole else None)
    return Band(step=steps, lo=lo, mid=mid, hi=hi)


def _at(run: Sequence[tuple[int, float]], steps: Sequence[int]) -> list[float]:
    keys = [step for step, _ in run]
    found = []
    for step in steps:
        index = bisect.bisect_right(keys, step) - 1
        found.append(run[index][1] if index >= 0 and step <= keys[-1] else math.nan)
    return found


def _short(value: float) -> float:
    return float(f"{value:.4g}")
