"""The warm worker: imports torch once, computes nothing, forks a process for each run.

It has one thread and runs no parallel operation, since a fork after either would hang the child; it
asks nothing about CUDA, since that could not be used after a fork.
"""

import contextlib
import faulthandler
import os
import select
import signal
import sys
import time
from pathlib import Path

import msgspec

from tutor.core.protocol import (
    PROTOCOL,
    Exited,
    Fork,
    Forked,
    FromWorker,
    Quit,
    Warm,
    Warming,
    decode_to_worker,
    encode,
)

IDLE_SECONDS = 600.0
"""How long a worker waits for a request before it ends: it holds half a gigabyte."""
HANGS_SECONDS = 20.0
"""After so long an import is asked where it stands, for the worker's log."""


class Server:
    """The loop of the warm worker.

    Attributes:
        idle_seconds: How long it waits for a request, with no run of its own left, before it ends.
        out: Private copy of stdout; fd 1 itself goes where stderr goes, so a stray print is harmless.
    """

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self.idle_seconds = idle_seconds
        self.out = os.dup(1)
        os.dup2(2, 1)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write)
        self._children: dict[int, str] = {}
        self._buffer = b""

    def say(self, message: FromWorker) -> None:
        """A line to whoever started us; nobody listening is the end of stdin, seen elsewhere."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.out, encode(message) + b"\n")

    def serve(self) -> None:
        """Serve until stdin ends, or nobody has wanted anything for long."""
        while True:
            # The exit code of a run is told by its parent alone, so that one stays for its runs.
            patience = None if self._children else self.idle_seconds
            ready, _, _ = select.select([0, self._wake_read], [], [], patience)
            if not ready:
                return
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
                self._reap()
            if 0 in ready and not self._read():
                return

    def _read(self) -> bool:
        """Take in what came on stdin; False at its end or when told to quit."""
        data = os.read(0, 65536)
        if not data:
            return False
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            try:
                message = decode_to_worker(line)
            except msgspec.DecodeError as error:
                sys.stderr.write(f"not understood: {error}\n")
                continue
            if isinstance(message, Quit):
                return False
            self._fork(message)
        return True

    def _fork(self, message: Fork) -> None:
        pid = os.fork()
        if pid == 0:
            from tutor.worker.child import become

            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            become(Path(message.folder), close=(self.out, self._wake_read, self._wake_write))
        self._children[pid] = message.folder
        self.say(Forked(message.folder, pid))

    def _reap(self) -> None:
        while self._children:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            # What the run started goes with it. Its group keeps its number until it is fetched.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(ended.si_pid, signal.SIGKILL)
            pid, status = os.waitpid(ended.si_pid, 0)
            folder = self._children.pop(pid, None)
            if folder is not None:
                code = os.waitstatus_to_exitcode(status)
                with contextlib.suppress(OSError):
                    Path(folder, "exit").write_text(f"{code}\n")
                self.say(Exited(folder, pid, code))


def serve() -> None:
    """Get warm, say so, serve."""
    began = time.monotonic()
    server = Server(float(os.environ.get("DLWALK_IDLE_SECONDS", IDLE_SECONDS)))
    server.say(Warming("importing torch", 0.0))
    faulthandler.dump_traceback_later(HANGS_SECONDS)
    import torch

    torch.set_num_threads(1)
    # The first optimiser of a process imports all of this; better now than after Run.
    import torch._dynamo

    # Its thread must be gone before the first fork.
    faulthandler.cancel_dump_traceback_later()
    server.say(Warm(PROTOCOL, os.getpid(), str(torch.__version__), time.monotonic() - began))
    server.serve()
    os._exit(0)
