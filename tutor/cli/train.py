"""Commands that run things: train, submit, attach and stop."""

from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.live import Live

from tutor.cli.app import (
    DONE,
    INTERRUPTED,
    NOT_PASSED,
    RUN_FAILED,
    app,
    err,
    leave,
    open_tutor,
    out,
    run_async,
)
from tutor.cli.tracking import Online, Project, TensorBoard, WandB, trackers
from tutor.cli.writing import Json, print_json
from tutor.core.errors import TutorError
from tutor.core.knobs import turned_fixed
from tutor.core.lesson import Code, Run
from tutor.core.protocol import Event, Readings, Stage
from tutor.core.text import visible
from tutor.core.text_plot import text_plot
from tutor.session.library import find_exercise
from tutor.session.live_run import LiveRun
from tutor.session.tutor import Tutor

if TYPE_CHECKING:
    from tutor.session.exporting.tracking import Tracker

PIPE_WIDTH = 80
STOP_WORDS = {
    "stopped": "Stopped {name}.",
    "was over": "{name} was over already; nothing was stopped.",
    "asked": "{name} trains on another machine. It was asked to stop there, after its next step.",
    "lives": "{name} did not end, not even by force. Its process may wait for a disk or a device.",
}
COMMANDS = ("train", "submit", "attach", "resume", "again", "stop")


@app.command()
def train(
    exercise: Annotated[str, typer.Argument(help="Id of a run exercise.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A knob, like --set lr=0.1; repeatable.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; a new one each time by default.")] = None,
    device: Annotated[
        str, typer.Option(envvar="DLWALK_DEVICE", help="auto, cpu, cuda, cuda:1 ...")
    ] = "auto",
    nproc: Annotated[
        int | None, typer.Option(min=1, help="Processes that train together; each takes a share.")
    ] = None,
    slurm: Annotated[
        str | None,
        typer.Option(
            metavar="OPTIONS", help="On a Slurm cluster: partition=gpu,gpus=1,... or `default`."
        ),
    ] = None,
    tensorboard: TensorBoard = None,
    wandb: WandB = False,
    project: Project = "",
    online: Online = False,
    as_json: Json = False,
) -> None:
    """Train an exercise here; exits with 0 only on a pass."""
    told = trackers(tensorboard, wandb, project, online)
    tutor = open_tutor(runs_code=True)
    _, found = find_exercise(tutor.course, exercise)
    if not isinstance(found, Run):
        raise TutorError(f"`{exercise}` is code to write, not a run.", "Use `submit` for it.")
    knobs = dict(assignment(each) for each in settings or [])

    async def work() -> LiveRun:
        try:
            live = await tutor.training.start(
                found, knobs, seed=seed, device=device, nproc=nproc, slurm=slurm
            )
            await _say_where(tutor, live)
            await _watch(live, told)
            return live
        finally:
            await tutor.training.close()

    try:
        live = run_async(work())
    except KeyboardInterrupt:
        leave(_left(next(iter(tutor.training.live.values()), None)))
    leave(_conclude(live, as_json))


async def _say_where(tutor: Tutor, live: LiveRun) -> None:
    if live.where.startswith("queued:"):
        err.print(f"It is {live.stage}. Ctrl+C leaves it to that.")
    if notice := await tutor.training.notice():
        err.print(notice)


def _left(live: LiveRun | None) -> int:
    """What becomes of a run that its viewer was interrupted at."""
    if live is None:
        err.print("Interrupted before the run began.")
    elif live.where in ("ended", "dead"):
        err.print(f"Interrupted; the run is over. See it: `dlwalk-tutor attach {live.request.run}`")
    else:
        name = live.request.run
        err.print(f"The run goes on without you.\nWatch it: `dlwalk-tutor attach {name}`")
        err.print(f"End it: `dlwalk-tutor stop {name}`")
    return INTERRUPTED


def assignment(text: str) -> tuple[str, str]:
    """`knob=value` as its two parts. Raises TutorError on anything else."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise TutorError(f"`--set {text}` is no setting.", "Write it as --set knob=value.")
    return name, value


async def _watch(live: LiveRun, told: "Sequence[Tracker]" = ()) -> None:
    """Show a run as it goes, and tell it to trackers."""
    from tutor.session.exporting.tracking import Mirror, mirrored

    mirror = Mirror(live, told)
    try:
        await _show(live, mirrored(live, mirror))
    finally:
        for line in mirror.told:
            err.print(line)


async def _show(live: LiveRun, events: AsyncIterator[Event]) -> None:
    if not out.is_terminal:
        await _show_plain(live, events)
        return
    with Live(console=err, refresh_per_second=4, transient=True) as screen:
        async for event in events:
            match event:
                case Stage(name=name, seconds=seconds):
                    screen.update(f"{name} ({seconds:.1f} s)")
                case Readings():
                    width, height = min(out.width, 100), max(6, min(16, out.height - 6))
                    screen.update("\n".join([_status(live), *_curve(live, width, height)]))
                case _:
                    pass
    for line in _curve(live, min(out.width, 100), 12):
        out.print(line)


async def _show_plain(live: LiveRun, events: AsyncIterator[Event]) -> None:
    """A line about twenty times a run, for pipes and logs."""
    printed = -1
    async for event in events:
        if isinstance(event, Readings) and event.step:
            every = max(1, (live.total_steps or 1000) // 20)
            if live.step // every > printed:
                printed = live.step // every
                err.print(_status(live))


def _curve(live: LiveRun, width: int, height: int) -> list[str]:
    return text_plot(
        live.exercise.plot[0], live.metrics, width, height, total_steps=live.total_steps
    )


def _status(live: LiveRun) -> str:
    total = f"/{live.total_steps}" if live.total_steps else ""
    values = "  ".join(
        f"{name} {series.last:.4g}"
        for name, series in live.metrics.series.items()
        if series.last is not None
    )
    return f"step {live.step}{total}  {live.elapsed:.1f} s  {values}"


def _conclude(live: LiveRun, as_json: bool) -> int:
    verdict = live.verdict
    assert verdict is not None, "a run that was followed to its end is graded"
    if as_json:
        print_json(
            {
                "run": live.request.run,
                "passed": verdict.passed,
                "points": verdict.points,
                "maximum": verdict.maximum,
                "graded": live.request.graded,
                "problem": live.problem.title if live.problem else "",
                "last": {name: series.last for name, series in live.metrics.series.items()},
            }
        )
    if live.problem is not None:
        err.print(live.problem.title, style="bold")
        err.print(live.problem.hint)
        if live.trace:
            err.print(live.trace)
        if live.damage:
            err.print(f"{live.damage}.")
        if live.checkpoint:
            err.print(
                f"Go on from step {live.checkpoint}: `dlwalk-tutor resume {live.request.run}`"
            )
        return RUN_FAILED
    err.print(_status(live))
    if live.damage:
        err.print(f"{live.damage}.")
    for part in verdict.parts:
        err.print(f"{'passed' if part.passed else 'not yet'}  {part.name}  {part.why}")
    if not live.request.graded:
        turned = turned_fixed(live.exercise, live.request.knobs)
        why = "a fixed knob was turned" if turned else "a run of a sweep"
        err.print(f"Practice: {why}, so nothing was graded.")
    elif not verdict.passed:
        err.print(f"Next: {live.exercise.retry}")
    return DONE if verdict.passed else NOT_PASSED


@app.command()
def submit(
    exercise: Annotated[str, typer.Argument(help="Id of a code exercise.")],
    file: Annotated[
        Path | None, typer.Argument(help="Your file; your own copy by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a file against a code exercise."""
    tutor = open_tutor(runs_code=True)
    _, found = find_exercise(tutor.course, exercise)
    if not isinstance(found, Code):
        raise TutorError(f"`{exercise}` is a run, not code to write.", "Use `train` for it.")

    async def work() -> int:
        try:
            report = await tutor.coding.check(found, file)
        finally:
            await tutor.training.close()
        if as_json:
            print_json(report)
        for result in report.results:
            name = f"{result.name} (hidden)" if result.hidden else result.name
            err.print(f"{'✓' if result.passed else '✗'} {name}  {result.message}")
            if not result.passed and (result.expected or result.actual):
                err.print(f"    expected {result.expected}\n    got      {result.actual}")
        if report.problem:
            err.print(report.problem.title, style="bold")
            err.print(report.trace or report.problem.hint)
        err.print(f"{report.verdict.points:g} of {report.verdict.maximum:g} points")
        return DONE if report.verdict.passed else NOT_PASSED

    leave(run_async(work()))


def _running(tutor: Tutor, run: str) -> Iterable[str]:
    return [run] if run else [request.run for request in tutor.training.still_training()]


@app.command()
def attach(
    run: Annotated[str, typer.Argument(help="Id of a run; the newest by default.")] = "",
    tensorboard: TensorBoard = None,
    wandb: WandB = False,
    project: Project = "",
    online: Online = False,
) -> None:
    """Follow a run from its first reading; one that is over is shown as it went."""
    told = trackers(tensorboard, wandb, project, online)
    tutor = open_tutor()
    for name in _running(tutor, run):
        live = tutor.training.attach(name)
        if live.where.startswith("queued:"):
            err.print(f"It waits for the cluster, job {visible(live.where[7:])}.")
        if live.where.startswith("elsewhere:"):
            host = live.where.partition(":")[2]
            err.print(f"It trains on {visible(host)}; Ctrl+C leaves it to that.")
        try:
            run_async(_watch(live, told))
        except KeyboardInterrupt:
            leave(_left(live))
        if not out.is_terminal:
            for line in _curve(live, PIPE_WIDTH, 12):
                out.print(line)
        leave(_conclude(live, as_json=False))
    raise TutorError("Nothing is training now.", "`dlwalk-tutor runs` lists your runs.")


@app.command()
def resume(
    run: Annotated[str, typer.Argument(help="Id of a run that broke off.")],
    as_json: Json = False,
) -> None:
    """Go on with a run that broke off, from its newest checkpoint."""
    tutor = open_tutor(runs_code=True)
    _take_up(tutor, tutor.recovering.resume(run), as_json)


@app.command()
def again(run: Annotated[str, typer.Argument(help="Id of a run.")], as_json: Json = False) -> None:
    """Train a run again from its start, with the same seed and knobs."""
    tutor = open_tutor(runs_code=True)
    _take_up(tutor, tutor.recovering.again(run), as_json)


def _take_up(tutor: Tutor, starting: Coroutine[Any, Any, LiveRun], as_json: bool) -> None:
    async def work() -> LiveRun:
        try:
            live = await starting
            await _watch(live)
            return live
        finally:
            await tutor.training.close()

    try:
        live = run_async(work())
    except KeyboardInterrupt:
        leave(_left(next(iter(tutor.training.live.values()), None)))
    leave(_conclude(live, as_json))


@app.command()
def stop(run: Annotated[str, typer.Argument(help="Id of a run; all by default.")] = "") -> None:
    """End a run; what it wrote stays."""
    tutor = open_tutor()
    names = list(_running(tutor, run))
    if not names:
        raise TutorError("Nothing is training now.", "`dlwalk-tutor runs` lists your runs.")
    worst = DONE
    for name in names:
        ended = run_async(tutor.training.attach(name).stop())
        err.print(STOP_WORDS[ended].format(name=name))
        worst = max(worst, RUN_FAILED if ended == "lives" else DONE)
    leave(worst)
