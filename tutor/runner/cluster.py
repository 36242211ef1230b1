"""Runs on a Slurm cluster: the same folder, on a disk that the cluster's machines share.

The job is submitted, asked about and cancelled through `submitit`, an optional extra. Readings and
commands go through the run's folder as ever; the job alone tells of a run that waits, or that died
on a machine which cannot be seen from here.
"""

import asyncio
import importlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

import tutor
from tutor.core.errors import TutorError
from tutor.core.protocol import Request
from tutor.core.text import visible
from tutor.runner.exits import Exit

FILE = "job.json"
LOOK_SECONDS = 10.0
"""How often a cluster is asked how a job stands. Many ask a cluster."""
SPARE_MINUTES = 10
"""Of a job, beyond the run's own limit: for its start, and for pauses."""
NAMES = {
    "partition": "slurm_partition",
    "account": "slurm_account",
    "qos": "slurm_qos",
    "constraint": "slurm_constraint",
    "gpus": "gpus_per_node",
    "cpus": "cpus_per_task",
    "memory": "mem_gb",
    "minutes": "timeout_min",
    "cluster": "",
}
"""Options by our name, and by submitit's. `cluster` names another executor of submitit's."""
NUMBERS = {"gpus", "cpus", "memory", "minutes"}
DEFAULT = "default"
_OVER = {
    "TIMEOUT": ("It reached the time limit of its job.", "Ask for more: --slurm minutes=..."),
    "DEADLINE": ("It reached the deadline of its job.", "Ask for less time, or start it earlier."),
    "CANCELLED": ("Its job was cancelled.", "Start it again if that was not you."),
    "OUT_OF_MEMORY": ("It needed more memory than its job.", "Ask for more: --slurm memory=..."),
    "NODE_FAIL": ("The machine that it trained on failed.", "Start it again."),
    "BOOT_FAIL": ("The machine for it did not start.", "Start it again."),
    "PREEMPTED": ("It had to make room for another job.", "Start it again."),
    "INTERRUPTED": ("Its job was interrupted.", "Start it again."),
    "FAILED": ("Its job failed.", "The folder `slurm` in the run's folder has its output."),
    "COMPLETED": ("Its job ended without a record of its result.", "Start it again."),
    "FINISHED": ("Its job ended without a record of its result.", "Start it again."),
}
"""The states in which a job is over, in words."""


class Job(Struct, frozen=True):
    """The job of a run, as it stands in the run's folder."""

    id: str
    cluster: str = "slurm"
    over: str = ""
    """The state in which the cluster said it was over; empty before."""


def job_of(folder: Path) -> Job | None:
    """The job of a run; None for one that was started on this machine."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Job)
    except (OSError, ValueError):
        return None


def _write(folder: Path, job: Job) -> None:
    beside = folder / f".{FILE}"
    beside.write_bytes(msgspec.json.encode(job))
    beside.replace(folder / FILE)


def options(text: str) -> dict[str, str | int]:
    """What a job is to have, from `partition=gpu,gpus=1`; empty for `default`.

    Raises:
        TutorError: If that cannot be read.
    """
    found: dict[str, str | int] = {}
    for part in text.split(",") if text.strip() not in ("", DEFAULT) else []:
        name, equals, value = (each.strip() for each in part.partition("="))
        if name not in NAMES or not equals or not value:
            shown = visible(part)
            raise TutorError(
                f"`{shown}` is no option of a job.",
                f"Write `--slurm partition=gpu,gpus=1`; the options are {', '.join(NAMES)}.",
            )
        if name in NUMBERS and not value.isdecimal():
            raise TutorError(f"`{name}` is a whole number, not `{visible(value)}`.")
        found[name] = int(value) if name in NUMBERS else value
    return found


def ready(text: str) -> None:
    """Make sure that a job can be asked for. Raises TutorError where the extra or the text is wrong."""
    options(text)
    _submitit()


def submit(folder: Path, request: Request, text: str) -> Job:
    """Have a cluster train what the folder asks for. It may take seconds.

    Raises:
        TutorError: If submitit or the cluster is missing, or refuses.
    """
    asked = options(text)
    submitit = _submitit()
    where = str(asked.pop("cluster", "slurm"))
    parameters: dict[str, Any] = {
        "name": f"dlwalk-{request.exercise}",
        "timeout_min": int(request.seconds // 60) + SPARE_MINUTES,
        "nodes": 1,
        "tasks_per_node": 1,
        "cpus_per_task": request.nproc,
        **{NAMES[name]: value for name, value in asked.items()},
    }
    try:
        executor = submitit.AutoExecutor(folder=str(folder / "slurm"), cluster=where)
        executor.update_parameters(**parameters)
        submitted = executor.submit(work, str(folder.resolve()), request.nproc)
    except Exception as error:  # it has many, and none of its own above them
        # Nothing will ever train here: it is no run.
        (folder / "request.json").unlink(missing_ok=True)
        words = visible(str(error).strip().split("\n")[0])
        raise TutorError(
            f"The cluster did not take the job: {words}",
            "Start it where `sbatch` and `srun` are, such as a login node.",
        ) from error
    job = Job(str(submitted.job_id), where)
    if where != "slurm":
        _KEPT[job.id] = submitted
    _write(folder, job)
    return job


_KEPT: dict[str, Any] = {}
"""Jobs submitted by this process: submitit's local executor knows them by these objects alone."""


def cancel(folder: Path) -> bool:
    """Take the job of a run off the cluster; whether that could be asked for. Takes seconds."""
    job = job_of(folder)
    if job is None or job.over:
        return False
    try:
        _found(folder, job).cancel(check=True)
    except Exception:  # noqa: BLE001  # the extra, the cluster or the job may be gone
        return False
    _write(folder, msgspec.structs.replace(job, over="CANCELLED"))
    return True


def ending(folder: Path) -> Exit | None:
    """Why a run is gone whose job is over, as the cluster says; None where it says nothing."""
    job = job_of(folder)
    if job is None or not job.over:
        return None
    title, hint = _OVER[job.over]
    return Exit(f"{title} (job {visible(job.id)})", hint)


class Look:
    """Asks the cluster about the job of one run, now and then, until it is over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looked = time.monotonic()
        self._over = ""

    async def look(self) -> None:
        """Ask if it is time to. A job that is over twice in a row is noted as such in the folder.

        The disk that is shared may show the end of a record a little later than the cluster.
        """
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        job = job_of(self._folder)
        if job is None or job.over:
            return
        now = await asyncio.to_thread(standing, self._folder, job)
        if now in _OVER and now == self._over:
            _write(self._folder, msgspec.structs.replace(job, over=now))
        self._over = now


def standing(folder: Path, job: Job) -> str:
    """The state of a job in the cluster's own word, like `PENDING`; empty where nobody says."""
    try:
        words = str(_found(folder, job).state).split()
    except Exception:  # noqa: BLE001  # the extra, the cluster or the job may be gone
        return ""
    # As in "CANCELLED by 1000", and "CANCELLED+" where the column was too narrow.
    return words[0].upper().rstrip("+") if words else ""


def _found(folder: Path, job: Job) -> Any:
    if job.id in _KEPT:
        return _KEPT[job.id]
    submitit = _submitit()
    kind = submitit.SlurmJob if job.cluster == "slurm" else submitit.LocalJob
    return kind(folder=str(folder / "slurm"), job_id=job.id)


def _submitit() -> Any:
    try:
        return importlib.import_module("submitit")
    except ImportError:
        raise TutorError(
            "Clusters need the package submitit, which is not installed.",
            "Install it: pip install 'dlwalk-tutor[slurm]'",
        ) from None


def work(folder: str, processes: int) -> int:
    """What the job does, on a machine of the cluster: the run, and leave its exit code."""
    home = str(Path(tutor.__file__).parent.parent)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH", "")])),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        # More threads than cores wait for each other at every step.
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(max(1, cores // processes))),
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tutor.worker", "--run", folder],
        stdin=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    code = process.wait()
    Path(folder, "exit").write_text(f"{code}\n")
    return code
