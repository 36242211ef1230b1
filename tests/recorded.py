"""Runs written as folders, event by event, for whatever reads them back."""

import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path

from scripts import hello

from tutor.core.protocol import (
    Event,
    Finished,
    KnobTurned,
    PictureSaved,
    Readings,
    Request,
    Started,
    Vitals,
    encode,
)
from tutor.session.tutor import Tutor
from tutor.store.runs import new_run_folder, write_request

NAN, INF = float("nan"), float("inf")
PICTURES = {
    "grid": {"role": "image_grid", "shape": [1, 2, 2, 2], "data": [0, 1, 0.5, 0, 1, 1, 0, 0.2]},
    "bins": {"role": "histogram", "shape": [3, 2], "data": [0, 4, 0.5, 2, 1, 1]},
    "bars": {
        "role": "histogram",
        "shape": [2, 2],
        "data": [0, -4, 1, 2],
        "labels": ["rain", "wind"],
    },
    "note": {"role": "text", "caption": "Once upon a time"},
}


def begun(tutor: Tutor, *, knobs: dict | None = None, seed: int = 3) -> tuple[Path, Request]:
    """The folder of a run that was asked for, and its request."""
    folder = new_run_folder(tutor.places, "one.run")
    request = Request(
        run="",
        course=tutor.course.id,
        exercise="one.run",
        lesson="one",
        entry="bowl.py:train",
        knobs={"learning_rate": 0.01, "steps": 40} | (knobs or {}),
        seed=seed,
        nonce="secret-of-the-run",
        created=time.time(),
    )
    return folder, write_request(folder, request)


def add(folder: Path, events: Sequence[Event]) -> None:
    """Append events to a run's record."""
    with (folder / "events.jsonl").open("ab") as file:
        file.writelines(encode(event) + b"\n" for event in events)


def readings(step: Sequence[int], elapsed: float = 1.0, **series: Sequence[float | None]) -> Event:
    """A flush, as the worker writes it: `train_loss` is `train/loss`; NaN and infinities are null."""
    columns: dict[str, list[float | None]] = {}
    bad = []
    for name, values in series.items():
        name = name.replace("_", "/")
        columns[name] = []
        for row, value in enumerate(values):
            broken = value is not None and value - value != 0
            if broken:
                bad.append((name, row, str(value)))
            columns[name].append(None if broken else value)
    return Readings(list(step), columns, elapsed, bad)


def finished(request: Request, step: int) -> Finished:
    return Finished(reason="done", step=step, seconds=2.0, nonce=request.nonce)


def picture(folder: Path, step: int, name: str) -> PictureSaved:
    """One of `PICTURES` as a file, and the event that tells of it."""
    file = folder / "pictures" / f"{step:07d}-{name}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(PICTURES[name]))
    role = str(PICTURES[name]["role"])
    return PictureSaved(step, name, role, f"pictures/{file.name}")


def eventful(folder: Path, request: Request) -> list[Event]:
    """A run with everything in it: NaN and infinity, a turned knob, vitals, pictures, an end."""
    return [
        hello(),
        Started(total_steps=40, samples_per_step=8, steps_per_epoch=10),
        picture(folder, 0, "grid"),
        readings([1, 2, 3], 0.1, train_loss=[4.0, 2.0, 1.0], valid_loss=[None, None, 1.5]),
        picture(folder, 2, "grid"),
        picture(folder, 3, "bins"),
        picture(folder, 3, "bars"),
        picture(folder, 3, "note"),
        KnobTurned(3, "learning_rate", 0.5),
        Vitals(3, gradient_norm=0.25, dead_relus=0.5),
        readings([4, 5, 6], 0.2, train_loss=[NAN, INF, -INF], valid_loss=[None, None, NAN]),
        readings([7], 0.3, train_loss=[0.1 + 0.2]),
        finished(request, 7),
    ]


def whole(tutor: Tutor, events: Sequence[Event] | None = None, **asked) -> str:
    """A run that ended; returns its id."""
    folder, request = begun(tutor, **asked)
    add(folder, eventful(folder, request) if events is None else [*events, finished(request, 9)])
    return request.run


def batches(count: int, size: int = 100) -> list[Event]:
    """So many readings of two series, the second every tenth step."""
    found = []
    for first in range(1, count + 1, size):
        steps = range(first, min(first + size, count + 1))
        found.append(
            readings(
                steps,
                first / 1000,
                train_loss=[1 / step for step in steps],
                valid_loss=[1 / step if step % 10 == 0 else None for step in steps],
            )
        )
    return list(itertools.chain([hello()], found))
