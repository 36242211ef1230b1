"""What a run process does before and after the run itself: its own session, lock and limits."""

import fcntl
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tutor.core.protocol import PROTOCOL, CheckRequest, Hello, decode_request
from tutor.worker.events import EventLog

FILE_LIMIT = 64 * 1024**2
"""Bytes of any one file a run may write: prints without end stop here. 1e6 readings need 30 MB."""
GRACE_SECONDS = 10.0
"""What the hard limit allows beyond the soft one, which is only looked at between readings."""
ERROR = 70
"""Exit code of a run process that could not even begin."""


def become(folder: Path, close: Iterable[int]) -> None:
    """Be the run process of this folder; never returns."""
    code = ERROR
    try:
        if os.getpid() != os.getsid(0):
            os.setsid()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _redirect(folder, close)
        # A cached compilation of a file saved twice in a second would be the older text.
        sys.dont_write_bytecode = True
        lock = _lock(folder)
        code = _run(folder)
        os.close(lock)
    except BaseException:  # noqa: BLE001  # whatever it is, it must not unwind into the parent's loop
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
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
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def _lock(folder: Path) -> int:
    """Hold a lock for as long as this process lives; opened once, since closing any copy drops it."""
    number = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.lockf(number, fcntl.LOCK_EX)
    return number


def _run(folder: Path) -> int:
    request = decode_request((folder / "request.json").read_bytes())
    device = _choose_device(getattr(request, "device", "cpu"))
    _limit(request.seconds, device)
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
    if isinstance(request, CheckRequest):
        from tutor.worker.checking import check

        return check(request, log)
    from tutor.worker.driving import drive

    return drive(request, device, log, folder)


def _choose_device(asked: str) -> str:
    """The device this run uses; a GPU named by its UUID is made the only visible one."""
    if asked == "cpu":
        return "cpu"
    if asked.startswith(("GPU-", "MIG-")):
        os.environ["CUDA_VISIBLE_DEVICES"] = asked
        asked = "cuda"
    import torch

    if asked == "auto":
        found = torch.accelerator.is_available() and torch.accelerator.current_accelerator()
        return found.type if found else "cpu"
    return asked


def _limit(seconds: float, device: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
    # Python ignores SIGXFSZ: a write beyond the limit raises OSError(EFBIG).
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if device == "cpu" and sys.platform == "linux":
        # RLIMIT_AS would count reserved address space, of which torch takes gigabytes.
        allowed = int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 0.7)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
    arm(seconds + GRACE_SECONDS)


def arm(seconds: float) -> None:
    """End this process after so many seconds, whatever it does; 0 takes the limit away.

    SIGALRM keeps its default action: a handler in Python would wait for C code to return.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)


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
