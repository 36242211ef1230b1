"""Taking runs elsewhere: tables, charts, pictures, TensorBoard, W&B."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutor.cli.app import DONE, err, leave, open_tutor
from tutor.cli.runs import Runs
from tutor.cli.runs import runs as group
from tutor.cli.tracking import Online, Project, TensorBoard, WandB, trackers
from tutor.cli.writing import free, write_out
from tutor.core.errors import TutorError
from tutor.core.text import visible

if TYPE_CHECKING:
    from tutor.session.exporting.records import Record
    from tutor.session.tutor import Tutor

COMMANDS = ("runs export",)
FORMS = ("csv", "json", "png", "svg")


@group.command("export")
def export_runs(
    runs: Runs,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every reading, one a line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All that is known of them.")] = False,
    as_png: Annotated[bool, typer.Option("--png", help="A chart for a report.")] = False,
    as_svg: Annotated[bool, typer.Option("--svg", help="The chart as SVG.")] = False,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="A file to write; its ending says the form.")
    ] = None,
    series: Annotated[
        list[str] | None, typer.Option(help="Only this series; repeatable, or with commas.")
    ] = None,
    log_y: Annotated[bool, typer.Option("--log-y", help="Logarithmic vertical axes.")] = False,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write every picture as PNG to this folder.")
    ] = None,
    tensorboard: TensorBoard = None,
    wandb: WandB = False,
    project: Project = "",
    online: Online = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write runs as tables, charts and pictures, or for TensorBoard and W&B, as far as they went."""
    asked = dict(zip(FORMS, (as_csv, as_json, as_png, as_svg), strict=True))
    form = _form([name for name, wanted in asked.items() if wanted], output)
    names = [name for each in series or [] for name in each.split(",") if name]
    # Before anything is read or written: whether all that was asked for is there.
    trackers(tensorboard, wandb, project, online)
    if not (form or pictures or tensorboard or wandb):
        raise TutorError(
            "Nothing says what to write.", "Add --csv, --json, --png, --svg or others."
        )
    tutor = open_tutor()
    runs = [tutor.ledger.find(run) for run in runs]
    if form:
        _write(tutor, runs, form, output, names, log_y=log_y, force=force)
    if pictures is not None:
        _write_pictures(tutor, runs, pictures, force=force)
    if tensorboard is not None or wandb:
        from tutor.session.exporting.tracking import copy

        for name in dict.fromkeys(runs):
            live = tutor.training.attach(name)
            with err.status(f"Writing {visible(name)}"):  # W&B takes some seconds for 10 000 rows
                told = copy(live, trackers(tensorboard, wandb, project, online, force=force))
            err.print("\n".join(told) or f"Nothing was read of {visible(name)} yet.")
    leave(DONE)


def _form(asked: list[str], output: Path | None) -> str:
    """What to write: as asked, else as the file's ending says; empty for neither."""
    ending = output.suffix.lower().removeprefix(".") if output else ""
    if len(asked) > 1:
        raise TutorError(f"--{asked[0]} and --{asked[1]} are two files.", "Ask for one at a time.")
    if not asked and output is not None and ending not in FORMS:
        raise TutorError(
            f"{visible(str(output))} does not say what to write.",
            "End its name in .csv, .json, .png or .svg, or add --csv, --json, --png or --svg.",
        )
    return asked[0] if asked else ending


def _write(
    tutor: "Tutor",
    runs: list[str],
    form: str,
    output: Path | None,
    series: list[str],
    *,
    log_y: bool,
    force: bool,
) -> None:
    """A table to a file or to standard output, a chart to a file."""
    from tutor.session.exporting.records import read, to_csv, to_json

    if form in ("png", "svg") and output is None:
        output = Path(f"{runs[0]}.{form}" if len(runs) == 1 else f"runs.{form}")
    if output is not None:
        free(output, force=force)
    records = read(tutor, runs, tuple(series))
    match form:
        case "csv":
            write_out(to_csv(records), output, force=force)
        case "json":
            write_out(to_json(records).decode(), output, force=force)
        case _:
            from tutor.session.exporting.charts import chart

            drawn = chart(records, series, log_y=log_y, form="svg" if form == "svg" else "png")
            write_out(drawn, output, force=force)
    _tell(records)


def _tell(records: "list[Record]") -> None:
    """What the reader of a file would not know."""
    for record in records:
        name = visible(record.name)
        if not record.over:
            err.print(f"{name} is not over; this is how far it went.")
        if record.live.damage:
            err.print(f"{name}: {record.live.damage}.")


def _write_pictures(tutor: "Tutor", runs: list[str], folder: Path, *, force: bool) -> None:
    from tutor.session.exporting.extras import extra
    from tutor.session.exporting.pictures import pictures
    from tutor.session.exporting.records import read

    extra("plots", "matplotlib")
    count = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TutorError(f"{visible(str(folder))} cannot be made: {error.strerror}.") from error
    with err.status("Drawing"):
        for record in read(tutor, runs):
            for name, data in pictures(record):
                write_out(data, folder / name, force=force, quiet=True)
                count += 1
    err.print(f"{count} {'picture' if count == 1 else 'pictures'} in {visible(str(folder))}")
