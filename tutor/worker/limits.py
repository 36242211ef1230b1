"""What a run may use, and who ends it when it uses more: time, memory, bytes written.

A boundary for accidents. What can be said in Python is said in Python; behind it stands the kernel
or a thread of the C library, since a loop in compiled code lets no Python run.
"""

import contextlib
import faulthandler
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tutor.core.protocol import Failed
from tutor.worker.events import EventLog
from tutor.worker.output import LOG_LIMIT

FILE_LIMIT = 2 * 1024**3
"""Bytes of any one file a run may write. 1e7 readings of three series need about 1 GB."""
MEMORY_SHARE = 0.7
"""Share of the machine's memory one run may use."""
LEAST_MEMORY = 1024**3
GRACE_SECONDS = 10.0
"""What the hard limit allows a run beyond the soft one, which is only looked at between readings."""
LEAST_GRACE_SECONDS = 2.0
CHECK_GRACE_SECONDS = 1.0
"""The same for a code check, which has no soft limit."""
ANSWER_SECONDS = 0.5
"""How long a run that is told to end may stay within its step."""
END_SECONDS = 10.0
"""How long a run that is told to end may take for everything, such as a last checkpoint."""
LOOK_SECONDS = 0.5


class Terminated(BaseException):
    """The run was told to end and did not come out of its step. No learner's `except` is meant."""


class _Left:
    """Where stacks are written: the log, until the run has a file for them."""

    stack = 2


def limit(seconds: float, device: str) -> None:
    """Set the limits of this process."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
    # Python ignores SIGXFSZ: a write beyond the limit raises OSError(EFBIG).
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if device == "cpu" and sys.platform == "linux":
        # RLIMIT_AS would count reserved address space, of which torch takes gigabytes.
        allowed = memory_allowed()
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
    arm(seconds)


# --- time -------------------------------------------------------------------------------------------


def keep_stacks(folder: Path) -> None:
    """Have the stack of a crash, and of a run that is stuck, written into the run's folder."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    _Left.stack = os.open(folder / "stack.txt", flags, 0o600)
    faulthandler.enable(file=_Left.stack, all_threads=False)


def grace(seconds: float) -> float:
    """What is allowed beyond a soft limit of so many seconds."""
    return min(GRACE_SECONDS, max(LEAST_GRACE_SECONDS, seconds))


def arm(seconds: float) -> None:
    """End this process after so many seconds, whatever it does; 0 takes the limit away.

    SIGALRM keeps its default action: a handler in Python would wait for C code to return. Before
    that the signal writes down where the run is stuck, in the very thread that is. A thread beside it
    would read the stack while it changes, and now and then crash.
    """
    if seconds > 0:
        faulthandler.register(signal.SIGALRM, file=_Left.stack, all_threads=False, chain=True)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def on_terminate(told: Callable[[], None], stuck: Callable[[], bool]) -> None:
    """Set what SIGTERM does in a run.

    Args:
        told: Called at once, between two bytecodes; asks the run to end after its step.
        stuck: Whether the exercise's code still has the word; asked a moment later. `Terminated`
            is then raised in it.
    """

    def late(*_: object) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        if stuck():
            raise Terminated

    def handle(*_: object) -> None:
        told()
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, ANSWER_SECONDS)
        faulthandler.dump_traceback_later(END_SECONDS, exit=True, file=_Left.stack)

    signal.signal(signal.SIGTERM, handle)
    # Written by the C handler, before the one in Python, which compiled code would keep waiting.
    faulthandler.register(signal.SIGTERM, file=_Left.stack, chain=True)


# --- memory and output ------------------------------------------------------------------------------


class Watch(threading.Thread):
    """Looks twice a second at what no limit of the kernel covers.

    Resident memory, since CUDA reserves far more address space than it uses, which rules out
    RLIMIT_DATA; and the log, into which compiled code and child processes print past Python.
    """

    def __init__(self, allowed: int, over: Callable[[int], None], log: int = 1) -> None:
        super().__init__(name="limits", daemon=True)
        self._allowed = allowed
        self._over = over
        self._log = log
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until the process ends."""
        while not self._ended.wait(LOOK_SECONDS):
            used = resident()
            if used > self._allowed:
                self._over(used)
                return
            with contextlib.suppress(OSError):
                if os.fstat(self._log).st_size > 2 * LOG_LIMIT:
                    os.ftruncate(self._log, LOG_LIMIT)

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()


def watch(log: EventLog, nonce: str, allowed: int) -> Watch:
    """End this process with a record once it uses more memory than it may.

    Args:
        log: Where the record goes.
        nonce: Of the run.
        allowed: Bytes of resident memory.
    """

    def over(used: int) -> None:
        gib = 1024**3
        hint = (
            f"It used {used / gib:.1f} GiB of the {allowed / gib:.1f} GiB that a run may use here. "
            "Try a smaller batch or a smaller network."
        )
        log.write(Failed(title="It needed more memory than it may use.", hint=hint, nonce=nonce))
        os._exit(1)

    watcher = Watch(allowed, over)
    watcher.start()
    return watcher


def resident() -> int:
    """Bytes of memory this process holds; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def memory_allowed(
    control: Path = Path("/proc/self/cgroup"), mount: Path = Path("/sys/fs/cgroup")
) -> int:
    """Bytes one run may use: a share of the machine, or of the container or job it runs in."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        lines = control.read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top, name = mount, "memory.max"
        elif "memory" in controllers.split(","):
            top, name = mount / "memory", "memory.limit_in_bytes"
        else:
            continue
        here = top / path.lstrip("/")
        for folder in (here, *here.parents):
            # Unlimited is the word `max`, or a number beyond any machine.
            with contextlib.suppress(OSError, ValueError):
                total = min(total, int((folder / name).read_text()))
            if folder == top:
                break
    return max(LEAST_MEMORY, int(total * MEMORY_SHARE))
