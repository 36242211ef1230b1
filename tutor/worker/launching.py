"""A run in several processes: its launcher, and how such a run ended.

The run process becomes torch's elastic launcher and starts a fresh interpreter per rank, since torch
runs threads by then. Each rank has a folder `ranks/N` with its `process.json`, its output and its
last words. The last word of all is the launcher's, who alone sees how each of them ended.
"""

import logging
import os
import signal
import sys
from pathlib import Path

from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.protocol import Event, Failed, Finished, Readings, Request, Stage, decode_event
from tutor.worker.events import EventLog
from tutor.worker.failures import failed
from tutor.worker.limits import arm

LAUNCHER = "DLWALK_LAUNCHER"
"""In the environment of a rank: the pid of its launcher."""
DEVICE = "DLWALK_RANK_DEVICE"
"""In the environment of a rank: the device that the launcher found."""
LEAST_MOST = 8
"""So many processes may share any machine, however few its cores; each holds torch in memory."""
TAIL = 1 << 20
"""Bytes at the end of a record in which its last event is looked for."""


def home(folder: Path, rank: int) -> Path:
    """The folder of a rank within the run's."""
    return folder / "ranks" / str(rank)


# --- the launcher -------------------------------------------------------------------------------------


def launch(request: Request, device: str, log: EventLog, folder: Path) -> int:
    """Train in `request.nproc` processes and say how it ended; returns the exit code.

    Signals reach the ranks through torch's launcher. The hard limit is theirs, since only they know
    how long the run was paused.
    """
    count = request.nproc
    log.write(Stage(f"starting {count} processes", 0.0))
    crowded = _crowded(device, count)
    if crowded is not None:
        log.write(Failed(title=crowded.title, hint=crowded.hint, nonce=request.nonce))
        return 1
    for rank in range(count):
        home(folder, rank).mkdir(parents=True, exist_ok=True)
    arm(0)
    os.environ |= {LAUNCHER: str(os.getpid()), DEVICE: device}
    try:
        failures = _elastic(folder, count)
        end = last_word(request, folder, failures)
    except Exception as error:  # noqa: BLE001  # torch's launcher raises whatever it meets
        end = failed(error, request.nonce)
    log.write(end)
    return 0 if isinstance(end, Finished) else 1


class Fall(Struct, frozen=True):
    """How a rank ended that failed."""

    code: int
    at: int
    """When that was seen, in seconds since the epoch."""


def _elastic(folder: Path, count: int) -> dict[int, Fall]:
    """Start the ranks and wait for their end; returns those that failed, by rank."""
    from torch.distributed.elastic.multiprocessing.api import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    # Its words are for operators, and the log is the learner's.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    for name, value in (
        ("OMP_NUM_THREADS", "1"),
        # All on one machine: nothing of it belongs on a network, nor needs a name server.
        ("GLOO_SOCKET_IFNAME", "lo" if sys.platform == "linux" else "lo0"),
    ):
        os.environ.setdefault(name, value)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=folder.name,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        max_restarts=0,
        monitor_interval=0.05,
        # A terminal that closes ends no run.
        signals_to_handle="SIGTERM",
        logs_specs=DefaultLogsSpecs(log_dir=str(folder / "ranks" / "elastic")),
    )
    arguments = ("-P", "-m", "tutor.worker", "--rank", str(folder))
    try:
        elastic_launch(config, sys.executable)(*arguments)
    except SignalException as error:
        sys.stderr.write(f"{error}; its {count} processes were told to end.\n")
        return {}
    except ChildFailedError as error:
        for rank, failure in error.failures.items():
            sys.stderr.write(f"Process {rank + 1} ended with exit code {failure.exitcode}.\n")
        return {
            rank: Fall(failure.exitcode, failure.timestamp)
            for rank, failure in error.failures.items()
        }
    return {}


def _crowded(device: str, count: int) -> TutorError | None:
    """Why the devices do not do for so many processes, if so: two cannot share a GPU."""
    if device == "cpu":
        cores = os.cpu_count() or 1
        if count <= max(LEAST_MOST, 2 * cores):
            return None
        return TutorError(
            f"{count} processes are too many for the {cores} cores of this machine.",
            f"Ask for --nproc {cores} or fewer.",
        )
    kind = device.partition(":")[0]
    if kind != "cuda":
        return TutorError(f"Several processes cannot train on `{kind}`.", "Use --device cpu.")
    import torch

    there = torch.accelerator.device_count() if device == "cuda" else 1
    if there >= count:
        return None
    gpus = "1 GPU" if there == 1 else f"{there} GPUs"
    return TutorError(
        f"{count} processes need {count} GPUs; the run may use {gpus}.",
        f"Ask for --nproc {there}, or for --device cpu.",
    )


# --- how it ended -------------------------------------------------------------------------------------


def last_word(request: Request, folder: Path, failures: dict[int, Fall]) -> Finished | Failed:
    """The last word of a run, from those of its ranks.

    Args:
        request: Of the run.
        folder: Of the run.
        failures: The ranks that ended with anything but exit code 0.
    """
    said = {rank: _last_words(folder, rank) for rank in range(request.nproc)}
    silent = [
        (fall.at, rank)
        for rank, fall in failures.items()
        if said[rank] is None and fall.code != -signal.SIGTERM
    ]
    if silent:
        rank = min(silent)[1]
        return _fallen(request, folder, rank, failures[rank].code)
    # What the others meet when one fails comes after it.
    broken = [(each[0], rank) for rank, each in said.items() if each and _is_failed(each[1])]
    if broken:
        told = said[min(broken)[1]]
        assert told is not None
        return told[1]
    first = said[0]
    if first is not None and failures:
        rank = min(failures)
        return _fallen(request, folder, rank, failures[rank].code)
    if first is not None:
        return first[1]
    return Failed(
        title="The run was told to end before it had begun.",
        hint="Start it again.",
        nonce=request.nonce,
    )


def _is_failed(event: Finished | Failed) -> bool:
    return isinstance(event, Failed)


def _fallen(request: Request, folder: Path, rank: int, code: int) -> Failed:
    """A rank that died without a word, as a sentence."""
    step = _last_step(folder)
    if code == -signal.SIGKILL:
        how = f"was killed (signal {-code})"
        hint = "Most often the machine ran out of memory: try a smaller batch."
    elif code == -signal.SIGALRM:
        how = "went past the time limit"
        hint = "A loop that never ends, or one step that is far too large, is the usual cause."
    elif code == -signal.SIGTERM:
        how, hint = "was told to end", "Start it again."
    elif code < 0:
        how, hint = f"crashed (signal {-code})", "The printed output (v) may say why."
    else:
        how, hint = f"ended with exit code {code}", "The printed output (v) may say why."
    when = f"at step {step}" if step else "before its first step"
    others = "the other was stopped" if request.nproc == 2 else "the others were stopped"
    title = f"Process {rank + 1} of {request.nproc} {how} {when}; {others}."
    return Failed(title=title, hint=hint, step=step, nonce=request.nonce)


def _last_words(folder: Path, rank: int) -> tuple[int, Finished | Failed] | None:
    """How a rank said that it ended, and when, in nanoseconds."""
    path = home(folder, rank) / "events.jsonl"
    for event in reversed(_events(path)):
        if isinstance(event, Finished | Failed):
            return path.stat().st_mtime_ns, event
    return None


def _last_step(folder: Path) -> int:
    """The last step in the run's record."""
    read = [event for event in _events(folder / "events.jsonl") if isinstance(event, Readings)]
    return read[-1].step[-1] if read else 0


def _events(path: Path) -> list[Event]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            lines = file.read().split(b"\n")
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(decode_event(line))
        except ValueError:
            continue  # the tail may begin within a line
    return found
