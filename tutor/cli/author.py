"""Commands of the author: check a course, run everything in it, record its reference bands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tutor.cli.app import (
    DONE,
    NOT_PASSED,
    app,
    course_folder,
    err,
    leave,
    out,
    require_trust,
    run_async,
    screen_options,
    trusted,
)
from tutor.cli.writing import Json, print_json
from tutor.core.errors import TutorError
from tutor.core.text import visible

if TYPE_CHECKING:
    from tutor.session.prove import Proof

COMMANDS = ("check", "new", "preview")
Share = Annotated[
    int | None,
    typer.Option(
        help="With --run: what changed since it was stamped, and one lesson in so many.", min=1
    ),
]
Stamp = Annotated[
    bool, typer.Option("--stamp", help="With --run: write down what is proved, for --share.")
]


@app.command()
def check(
    path: Annotated[
        Path | None, typer.Argument(help="A course or one lesson's folder; the built-in course.")
    ] = None,
    run: Annotated[bool, typer.Option("--run", help="Also execute everything.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Record the reference bands of every run.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="Seeds for each case.", min=1)] = 3,
    only: Annotated[
        str, typer.Option(help="Only lessons whose id holds one of these, comma-separated.")
    ] = "",
    share: Share = None,
    stamp: Stamp = False,
    device: Annotated[
        str, typer.Option(help="With --run: where the runs train, like cuda; else as each says.")
    ] = "auto",
    as_json: Json = False,
) -> None:
    """Check a course: lint it, and with --run prove every exercise and answer in it."""
    from tutor.session.bands import record_bands
    from tutor.session.library import built_in_course
    from tutor.session.prove import lint as find_problems

    root = path or course_folder() or built_in_course()
    _together(run, seeds, share, stamp, device)
    problems = find_problems(root)
    errors = [each for each in problems if each.level == "error"]
    proofs: list[Proof] = []
    if (run or record) and not errors:
        require_trust(root)
    if run and not errors:
        proofs = _prove(root, seeds, _chosen(root, only, share), stamp, device)
    if record and not errors:
        run_async(record_bands(root, only=only, told=err.print))
        problems = find_problems(root)
    bad = [proof for proof in proofs if not proof.ok]
    if as_json:
        print_json({"problems": problems, "proofs": proofs})
    else:
        for problem in problems:
            out.print(f"{problem.level}: {problem}")
        for proof in bad:
            out.print(f"error: {proof.what}: {proof.detail}")
        ran = f", {len(proofs)} things run" if run else ""
        out.print(f"{len(errors) + len(bad)} errors, {len(problems) - len(errors)} warnings{ran}.")
    leave(NOT_PASSED if errors or bad else DONE)


def _together(run: bool, seeds: int, share: int | None, stamp: bool, device: str) -> None:
    """Refuse options that mean nothing together."""
    from tutor.session.proved import SEEDS

    if (share or stamp or device != "auto") and not run:
        raise TutorError("--share, --stamp and --device are about what is run.", "Add --run.")
    if stamp and device != "auto":
        raise TutorError("What is stamped is proved where each run says.", "Leave --device away.")
    if stamp and seeds < SEEDS:
        raise TutorError(f"A lesson is proved on {SEEDS} seeds at least.", f"--seeds {SEEDS}")


def _chosen(root: Path, only: str, share: int | None) -> tuple[str, ...]:
    """The lessons to run, said aloud where they are not all."""
    from tutor.session.prove import choose

    chosen = choose(root, only, share)
    if share is not None:
        err.print(f"Runs {len(chosen.lessons)} of {chosen.of} lessons.")
        err.print(f"Changed since they were proved: {', '.join(chosen.changed) or 'none'}.")
    return chosen.lessons


def _prove(
    root: Path, seeds: int, lessons: tuple[str, ...], stamp: bool, device: str
) -> "list[Proof]":
    """Run everything, with a bar on a terminal and a line each in a pipe."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from tutor.session.prove import prove

    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task("")

        def told(proof: "Proof") -> None:
            bar.update(task, advance=1, description=visible(proof.what)[:48])
            if not proof.ok or not err.is_terminal:
                bar.console.print(f"{'ok  ' if proof.ok else 'BAD '} {proof.what}  {proof.detail}")

        return run_async(
            prove(
                root,
                seeds=seeds,
                lessons=lessons,
                stamped=stamp,
                device=device,
                told=told,
                counted=lambda count: bar.update(task, total=count),
            )
        )


@app.command()
def new(
    what: Annotated[Literal["course", "lesson"], typer.Argument(help="Which.")],
    title: Annotated[str, typer.Argument(help="Its title; its id is made of it.")],
    folder: Annotated[
        Path | None, typer.Argument(help="A new folder; for a lesson the course's. Here.")
    ] = None,
) -> None:
    """Begin a course or a lesson: a small one that works, to be changed."""
    from tutor.session.beginning import new_course, new_lesson

    if what == "course":
        file = new_course(folder, title)
    else:
        file = new_lesson(folder or course_folder() or Path(), title)
    out.print(str(file))
    err.print(f"Look at it with `dlwalk-tutor preview {file}`, check it with `dlwalk-tutor check`.")


@app.command()
def preview(
    file: Annotated[Path, typer.Argument(help="A lesson.md.")],
) -> None:
    """Show a lesson as learners see it, anew each time it is saved."""
    from tutor.session.doctor import usable_terminal
    from tutor.session.previewing import Previewing
    from tutor.ui.preview import PreviewApp

    usable_terminal()
    with Previewing.open(file, trusted=trusted()) as previewing:
        options = screen_options()
        PreviewApp(previewing, options).run(mouse=options.mouse)
