"""A run process: the process of one request, from its first breath to `os._exit`.

torch may not be imported yet when this module is: the lock is taken first, so that a run whose
process is still importing already counts as live.
"""

import contextlib
import fcntl
import faulthandler
import importlib.metadata
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from tutor.core.process import Holder, parse_stat
from tutor.core.protocol import (
    PROTOCOL,
    CheckRequest,
    Hello,
    Request,
    decode_request,
    encode,
)
from tutor.worker.journal import Journal
from tutor.worker.limits import HardLimit, bound_prints, limit_files, limit_memory

FINISHED, FAILED, INTERNAL, NO_DISK, BUSY = 0, 1, 70, 74, 75
"""Exit codes. Only the record in `events.jsonl` says that a run passed; these never do."""


def run_process(folder: Path, ready: int | None = None, inherited: Iterable[int] = ()) -> NoReturn:
    """Be the run process of a folder, and end.

    Args:
        folder: The run's folder, with its `request.json`.
        ready: A pipe to close once the lock is held, which tells whoever waits for it.
        inherited: Descriptors of the parent that are none of ours.
    """
    code = INTERNAL
    try:
        _detach(folder, inherited)
        if _lock(folder):
            if ready is not None:
                os.close(ready)
            code = _execute(folder)
        else:
            code = BUSY
    except OSError:
        traceback.print_exc()
        code = NO_DISK
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _detach(folder: Path, inherited: Iterable[int]) -> None:
    """Leave the parent's session, signals and descriptors behind."""
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for fd in inherited:
        os.close(fd)
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    for fd in {null, log}.difference((0, 1, 2)):
        os.close(fd)
    faulthandler.enable(file=2, all_threads=False)
    bound_prints()
    # Compiled files beside the learner's would be theirs to wonder about.
    sys.dont_write_bytecode = True


def _lock(folder: Path) -> bool:
    """Take the folder's lock for as long as this process lives.

    The descriptor stays open and the file is opened this once: closing any descriptor of it gives
    a POSIX lock up. Where the file system has no locks, pid and start time alone must do.
    """
    fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    os.ftruncate(fd, 0)
    os.write(fd, encode(_holder()))
    return True


def _holder() -> Holder:
    ticks, boot = 0, ""
    with contextlib.suppress(OSError, ValueError):
        ticks = parse_stat(Path("/proc/self/stat").read_text("ascii", "replace")).ticks
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return Holder(os.getpid(), ticks, boot, socket.gethostname())


def _execute(folder: Path) -> int:
    """Carry the request out and write down how it ended."""
    request = decode_request((folder / "request.json").read_bytes())
    journal = Journal(folder / "events.jsonl")
    limit_files()
    # Imported here: in a fresh process this is where torch comes in, seconds after the lock.
    from tutor.worker.checking import run_checks
    from tutor.worker.device import choose_device
    from tutor.worker.failure import failed
    from tutor.worker.training import TrainingRun

    hello = _hello(request)
    training: TrainingRun | None = None
    try:
        if isinstance(request, CheckRequest):
            journal.write(hello("cpu"))
            limit_memory()
            HardLimit(request.seconds)
            end = run_checks(request, journal)
        else:
            device = choose_device(request.device)
            journal.write(hello(device))
            if device == "cpu":
                limit_memory()
            training = TrainingRun(request, device, folder, journal, HardLimit(_hard(request)))
            end = training.run()
    except BaseException as error:
        if journal.events == 0:
            journal.write(hello(getattr(request, "device", "cpu")))
        journal.write(failed(error, training.step if training else 0, request.nonce))
        traceback.print_exc()
        return FAILED
    journal.write(end)
    return FINISHED
