"""Requests for the tests of runs, and what came of them."""

import secrets
import time
from pathlib import Path

from tutor.core.protocol import CheckRequest, Readings, Request, encode
from tutor.runner.follow import follow

ENTRIES = Path(__file__).parent / "entries.py"


def write(folder, request):
    (folder / "request.json").write_bytes(encode(request))
    return request


def run_request(folder, function, knobs=None, **options):
    """Write the request of a run of `entries.py`."""
    given = {"steps": None, "seconds": 20.0, "entry": f"{ENTRIES}:{function}", **options}
    return write(
        folder,
        Request(
            run=folder.name,
            course="c",
            exercise="e",
            knobs=knobs or {},
            nonce=secrets.token_hex(8),
            created=time.time(),
            **given,
        ),
    )


def check_request(folder, check, learner, seconds=10.0):
    """Write the request of a check of one text by another."""
    (folder / "check.py").write_text(check)
    (folder / "mine.py").write_text(learner)
    return write(
        folder,
        CheckRequest(
            run=folder.name,
            course="c",
            exercise="e",
            learner=str(folder / "mine.py"),
            check=str(folder / "check.py"),
            seconds=seconds,
            nonce=secrets.token_hex(8),
            created=time.time(),
        ),
    )


async def outcome(worker, folder):
    """Run what the folder asks for and collect every event to the end."""
    await worker.fork(folder)
    return [event async for event in follow(folder)]


def only(kind, events):
    return [event for event in events if isinstance(event, kind)]


def column(events, name):
    """One series, in the order it was read, with its missing values."""
    return [v for e in only(Readings, events) for v in e.s.get(name, [None] * len(e.step))]
