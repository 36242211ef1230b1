"""Options of every command that tells a run to TensorBoard or W&B."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutor.core.errors import TutorError

if TYPE_CHECKING:
    from tutor.session.exporting.tracking import Tracker

TensorBoard = Annotated[
    Path | None,
    typer.Option("--tensorboard", metavar="DIR", help="Write it for TensorBoard, to DIR/RUN."),
]
WandB = Annotated[bool, typer.Option("--wandb", help="Write it for W&B: offline, without account.")]
Project = Annotated[str, typer.Option(help="The project in W&B; `dlwalk-tutor` by default.")]
Online = Annotated[bool, typer.Option("--online", help="Send it to W&B as it comes.")]


def trackers(
    tensorboard: Path | None, wandb: bool, project: str, online: bool, *, force: bool = False
) -> "list[Tracker]":
    """The trackers asked for, new ones for each run; their packages are imported here and no sooner.

    Raises:
        TutorError: If a package is not installed, or an option says nothing without --wandb.
    """
    if (project or online) and not wandb:
        raise TutorError("--project and --online belong to --wandb.", "Add --wandb.")
    found: list[Tracker] = []
    if tensorboard is not None:
        from tutor.session.exporting.tensorboard import TensorBoard as Events

        found.append(Events(tensorboard, replace=force))
    if wandb:
        from tutor.session.exporting.wandb import PROJECT
        from tutor.session.exporting.wandb import WandB as Offline

        found.append(Offline(project or PROJECT, online=online))
    return found
