"""The warm worker, seen from the tutor: started ahead of need, asked to fork, replaced when dead."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

import tutor
from tutor.core.errors import TutorError
from tutor.core.protocol import (
    PROTOCOL,
    Exited,
    Fork,
    Forked,
    Quit,
    Warm,
    Warming,
    decode_from_worker,
    encode,
)
from tutor.core.text import plain_log
from tutor.runner.identity import forget, note
from tutor.runner.stuck import place_in

State = Literal["cold", "warming", "warm", "gone"]
OnStage = Callable[[str, float], None]
DEATHS_IN_A_ROW = 3
STAGE_SECONDS = 0.5
IDLE_SECONDS = 600.0
"""How long a worker waits for a request before it ends by itself."""
PATIENCE_SECONDS = 120.0
"""How long a worker may take to get warm before the learner is told that it hangs."""


class _WorkerEnded(Exception):
    """The worker ended before it answered."""


class Worker:
    """One warm worker process at a time.

    Attributes:
        state: Where it stands.
        stage: What it is busy with while it warms.
        patience: Seconds it may take to get warm.
    """

    def __init__(
        self,
        folder: Path,
        idle_seconds: float = IDLE_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.state: State = "cold"
        self.stage = ""
        self.patience = patience
        self._idle_seconds = idle_seconds
        self._spawned_at = 0.0
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._warm = asyncio.Event()
        self._forked: dict[str, asyncio.Future[int]] = {}
        self._deaths = 0
        self._starting = asyncio.Lock()

    async def start(self, on_stage: OnStage | None = None) -> None:
        """Make sure that a warm worker is there.

        Args:
            on_stage: Called with what it does and for how many seconds, while it warms.

        Raises:
            TutorError: If it died too often, hangs, or speaks another version of the protocol.
        """
        async with self._starting:
            if self.state == "warming" and self._late():
                # Whoever asks again was told that it hangs, and wants another one.
                await self._kill()
            if self.state in ("cold", "gone"):
                await self._spawn()
        began = time.monotonic()
        while self.state == "warming":
            if on_stage is not None:
                on_stage(self.stage, time.monotonic() - began)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._warm.wait(), min(STAGE_SECONDS, self.patience))
            if self.state == "warming" and self._late():
                raise self._hangs()
        if self.state != "warm":
            raise TutorError("The worker could not be started.", self._last_words())

    def _late(self) -> bool:
        return time.monotonic() - self._spawned_at > self.patience

    def _hangs(self) -> TutorError:
        where = place_in(self._log(), own_only=False)
        at = f" It was last seen in {where}." if where else ""
        return TutorError(
            f"The worker is stuck at {self.stage}, for {self.patience:.0f} s now.{at}",
            "A slow or lost network disk is the usual cause. Train again to start another worker.",
        )

    async def fork(self, folder: Path) -> int:
        """Start the run of a folder; returns its pid.

        Raises:
            TutorError: If no worker could be started.
        """
        with contextlib.suppress(OSError):
            # The run waits for us from here on; no clock tells how long.
            note(folder, os.getpid(), starter=True)
        try:
            pid = await (self._ask(folder) if sys.platform == "linux" else self._fresh(folder))
        except BaseException:
            with contextlib.suppress(OSError):
                forget(folder)
            raise
        with contextlib.suppress(OSError):
            note(folder, pid)
        return pid

    async def _ask(self, folder: Path) -> int:
        """Ask the warm worker for a fork; one that had gone to rest is replaced without a word."""
        while True:
            await self.start()
            process = self._process
            assert process is not None
            try:
                return await self._ask_once(process, str(folder))
            except _WorkerEnded:
                if await process.wait():
                    raise TutorError("The worker died as it was asked.", "Train again.") from None
                # It went to rest before it read the request.
                self._rest(process)

    async def _ask_once(self, process: asyncio.subprocess.Process, key: str) -> int:
        assert process.stdin is not None
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._forked[key] = waiting
        try:
            process.stdin.write(encode(Fork(key)) + b"\n")
            await process.stdin.drain()
            return await waiting
        except (BrokenPipeError, ConnectionResetError):
            raise _WorkerEnded from None
        finally:
            self._forked.pop(key, None)

    async def stop(self) -> None:
        """Let the worker go; runs it forked go on."""
        process, self._process = self._process, None
        if process is None:
            return
        self.state = "cold"
        if process.returncode is None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                assert process.stdin is not None
                process.stdin.write(encode(Quit()) + b"\n")
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), 0.5)
            except TimeoutError:
                # Still importing torch; it has nothing to lose.
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    # --- the process --------------------------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        home = str(Path(tutor.__file__).parent.parent)
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH", "")])),
            "PYTHONSAFEPATH": "1",
            "PYTHONUNBUFFERED": "1",
            "DLWALK_IDLE_SECONDS": str(self._idle_seconds),
            "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
            # One thread before any fork: a pool of threads does not survive it.
            **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
        }

    async def _spawn(self) -> None:
        if self._deaths >= DEATHS_IN_A_ROW:
            raise TutorError(
                f"The worker died {self._deaths} times in a row.",
                f"{self._last_words()} `dlwalk-tutor doctor` may say why; then start the tutor again.",
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        self._warm.clear()
        with (self._folder / "log.txt").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "tutor.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        self.state, self.stage = "warming", "starting the worker"
        self._spawned_at = time.monotonic()
        self._reader = asyncio.create_task(self._read(self._process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """The one reader of the worker's pipe, for as long as the worker lives."""
        assert process.stdout is not None
        async for line in process.stdout:
            with contextlib.suppress(msgspec.DecodeError):
                self._take(decode_from_worker(line))
        if await process.wait():
            if self._process is process:
                self._deaths += 1
                self.state = "gone"
        else:
            self._rest(process)
        self._warm.set()
        for waiting in self._forked.values():
            if not waiting.done():
                waiting.set_exception(_WorkerEnded())

    def _rest(self, process: asyncio.subprocess.Process) -> None:
        """A worker that nobody had wanted for long has ended; the next run starts another."""
        if self._process is process:
            self.state, self._process = "cold", None

    async def _kill(self) -> None:
        """End a worker that hangs."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._reader is not None:
            await self._reader

    def _take(self, message: Warming | Warm | Forked | Exited) -> None:
        match message:
            case Warming(name=name):
                self.stage = name
            case Warm(protocol=protocol):
                self.state = "warm" if protocol == PROTOCOL else "gone"
                self._deaths = 0
                self._warm.set()
            case Forked(folder=folder, pid=pid):
                waiting = self._forked.get(folder)
                if waiting is not None and not waiting.done():
                    waiting.set_result(pid)
            case Exited():
                pass  # the worker leaves the code in the run's folder, for whoever follows it

    async def _fresh(self, folder: Path) -> int:
        """Where a fork is not safe, a run is a process started from nothing."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "tutor.worker", "--run", str(folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment(),
            start_new_session=True,
        )

        async def reap() -> None:
            code = await process.wait()
            with contextlib.suppress(OSError):
                (folder / "exit").write_text(f"{code}\n")

        self._reader = asyncio.create_task(reap())
        return process.pid

    def _log(self) -> str:
        try:
            return (self._folder / "log.txt").read_bytes()[-8000:].decode("utf-8", "replace")
        except OSError:
            return ""

    def _last_words(self) -> str:
        lines = [line for line in plain_log(self._log()).splitlines() if line.strip()]
        return f"It last said: {lines[-1]}" if lines else ""
