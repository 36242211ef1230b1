"""What a run process does before and after the run itself: its own session, lock and limits."""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tutor.core.protocol import PROTOCOL, CheckRequest, Failed, Hello, decode_request
from tutor.worker.device import choose
from tutor.worker.events import EventLog
from tutor.worker.failures import is_full
from tutor.worker.limits import (
    CHECK_GRACE_SECONDS,
    arm,
    grace,
    keep_stacks,
    limit,
    memory_allowed,
    watch,
)
from tutor.worker.output import Bounded, redirect

ERROR = 70
"""Exit code of a run process that could not even begin."""
DISK_FULL = 74
"""Exit code of one that could not write down why it ended, as `runner.exits` knows it."""


def become(folder: Path, close: Iterable[int]) -> None:
    """Be the run process of this folder; never returns."""
    code = ERROR
    output = Bounded(1)
    try:
        if os.getpid() != os.getsid(0):
            os.setsid()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # First of all: until then only whoever started it can say that it lives.
        lock = _lock(folder)
        _redirect(folder, close)
        redirect(output)
        # A cached compilation of a file saved twice in a second would be the older text.
        sys.dont_write_bytecode = True
        code = _run(folder)
        _finish(output)
        os.close(lock)
    except BaseException as error:  # noqa: BLE001  # whatever it is, it must not unwind into the parent's loop
        code = DISK_FULL if is_full(error) else ERROR
        with contextlib.suppress(BaseException):
            import traceback

            traceback.print_exc()
            _finish(output)
    finally:
        os._exit(code)


def _redirect(folder: Path, close: Iterable[int]) -> None:
    for number in close:
        os.close(number)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # lives as long as the process


def _finish(output: Bounded) -> None:
    """Write what was printed last. The code that ran may have closed or replaced the streams."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    with contextlib.suppress(OSError):
        output.finish()


def _lock(folder: Path) -> int:
    """Hold a lock for as long as this process lives; opened once, since closing any copy drops it."""
    number = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(number, fcntl.LOCK_EX)
    except OSError as error:
        # Some network disks know no locks; pid, start, boot and host tell its life there.
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL):
            raise
    return number


def _run(folder: Path) -> int:
    request = decode_request((folder / "request.json").read_bytes())
    keep_stacks(folder)
    is_check = isinstance(request, CheckRequest)
    allowed = CHECK_GRACE_SECONDS if is_check else grace(request.seconds)
    # A driver may hang as well.
    arm(request.seconds + allowed)
    device, refused = choose(getattr(request, "device", "cpu"))
    limit(request.seconds + allowed, device)
    log = EventLog(folder)
    import torch

    log.write(
        Hello(
            protocol=PROTOCOL,
            pid=os.getpid(),
            host=socket.gethostname(),
            boot=boot_id(),
            ticks=start_ticks(os.getpid()),
            device=device,
            torch=str(torch.__version__),
            at=time.time(),
        )
    )
    if refused is not None:
        log.write(Failed(title=refused.title, hint=refused.hint, nonce=request.nonce))
        return 1
    watch(log, request.nonce, memory_allowed())
    if isinstance(request, CheckRequest):
        from tutor.worker.checking import check

        return check(request, log)
    if request.nproc > 1:
        from tutor.worker.launching import launch

        return launch(request, device, log, folder)
    from tutor.worker.driving import drive

    return drive(request, device, log, folder)


def boot_id() -> str:
    """What names this boot of this machine; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 where the system does not say."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # The second field is the name in parentheses and may hold anything.
    return int(stat.rpartition(")")[2].split()[19])
