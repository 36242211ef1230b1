"""Runs for Weights & Biases: offline, in a folder that `wandb sync` sends, unless asked otherwise."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.session.exporting.extras import extra
from tutor.session.exporting.tracking import Setup

PROJECT = "dlwalk-tutor"
STEP = "step"
MOST_BINS = 512


class WandB:
    """One run, called by its id in the tutor.

    W&B wants steps that never fall; pictures and readings of a run come in the order in which they
    were written. So each row carries its step as a value, which W&B is told to draw over.
    """

    def __init__(self, project: str = PROJECT, *, online: bool = False) -> None:
        """Nothing is written before `begin`; offline needs no account and no network.

        Args:
            project: The project of the run.
            online: Whether it is sent as it comes.

        Raises:
            TutorError: If wandb is not installed.
        """
        if not online:
            # Offline means that nothing leaves, its own error reports included.
            os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        (self._wandb,) = extra("wandb", "wandb", has="init")
        self._project = project
        self._online = online
        self._pictures: tempfile.TemporaryDirectory[str] | None = None
        self._run: Any = None

    def begin(self, setup: Setup) -> None:
        """Start W&B's own process. Raises TutorError where it does not take the run."""
        wandb = self._wandb
        settings = wandb.Settings(
            silent=not self._online,
            console="off",
            disable_git=True,
            disable_code=True,
            x_disable_meta=True,
            x_disable_stats=True,
            x_save_requirements=False,
        )
        try:
            self._run = wandb.init(
                project=self._project,
                id=setup.run,
                name=setup.run,
                notes=setup.title,
                config=dict(setup.config),
                mode="online" if self._online else "offline",
                settings=settings,
            )
        except (wandb.Error, ValueError) as error:
            raise TutorError(f"W&B did not take the run: {visible(str(error))}") from error
        self._run.define_metric(STEP, hidden=True)
        self._run.define_metric("*", step_metric=STEP)

    def scalars(self, at: float, step: int, values: Mapping[str, float]) -> None:
        """What was read after a step, as one row."""
        self._log(at, step, dict(values))

    def image(self, at: float, step: int, name: str, png: bytes, caption: str) -> None:
        """A picture, which W&B copies into its folder."""
        if self._pictures is None:
            self._pictures = tempfile.TemporaryDirectory(prefix="dlwalk-")
        file = Path(self._pictures.name) / "picture.png"
        file.write_bytes(png)
        image = self._wandb.Image(str(file), caption=caption or None)
        self._log(at, step, {name: image})

    def histogram(
        self, at: float, step: int, name: str, edges: Sequence[float], counts: Sequence[float]
    ) -> None:
        """Counts between edges; of more bins than W&B takes, neighbours become one."""
        every = -(-len(counts) // MOST_BINS)
        joined = [sum(counts[i : i + every]) for i in range(0, len(counts), every)]
        ends = [*edges[:-1:every], edges[-1]]
        self._log(at, step, {name: self._wandb.Histogram(np_histogram=(joined, ends))})

    def words(self, at: float, step: int, name: str, text: str) -> None:
        """A text, in the run's rows."""
        self._log(at, step, {name: text})

    def flush(self) -> None:
        """W&B's process writes as it sees fit."""

    def close(self, at: float, ended_well: bool | None) -> str:
        """Wait until all of it is written, or sent."""
        where = Path(self._run.dir).parent
        self._run.finish(exit_code=1 if ended_well is False else 0)
        if self._pictures is not None:
            self._pictures.cleanup()
        if self._online:
            return f"W&B: {visible(str(self._run.url))}"
        place = visible(str(where))
        return f"W&B, offline: {place}\nSend it, if you have an account: wandb sync {place}"

    def _log(self, at: float, step: int, values: dict[str, Any]) -> None:
        self._run.log({STEP: step, "_timestamp": at, **values})
