"""The command that trains an exercise at several values of its knobs: sweep."""

import asyncio
import contextlib
from typing import Annotated, Any

import typer
from msgspec import structs
from rich.live import Live

from tutor.cli.app import (
    DONE,
    INTERRUPTED,
    RUN_FAILED,
    app,
    err,
    leave,
    open_tutor,
    out,
    run_async,
    screen_options,
)
from tutor.cli.train import assignment
from tutor.cli.writing import Json, print_json
from tutor.core.axes import short
from tutor.core.errors import TutorError
from tutor.core.ledger import plain
from tutor.core.lesson import Run
from tutor.core.sweep import (
    Plan,
    announced,
    duration,
    make_plan,
    proposed,
    read_space,
    seconds_each,
    whole,
)
from tutor.core.text_plot import text_drawing
from tutor.core.trials import MARKS, WORDS, Result, against, best, summary, table
from tutor.session.library import find_exercise
from tutor.session.sweep import Sweep
from tutor.session.tutor import Tutor

PIPE_WIDTH, HEIGHT = 80, 14
COMMANDS = ("sweep",)


@app.command()
def sweep(
    exercise: Annotated[str, typer.Argument(help="Id of a run exercise.")] = "",
    grid: Annotated[
        list[str] | None,
        typer.Option("--grid", help="Values of a knob, like --grid lr=0.01,0.1; repeatable."),
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", help="From, to, how many: --range lr=1e-4:1:7; repeatable."),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Another knob in all runs; repeatable.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--random", help="Draw so many settings instead of trying all.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Runs of each setting.")] = 1,
    seed: Annotated[int, typer.Option(help="The first seed; it also says what is drawn.")] = 0,
    at_a_time: Annotated[
        int, typer.Option(min=0, help="Runs beside each other; 0: all cores but one.")
    ] = 0,
    metric: Annotated[str, typer.Option(help="The series whose last value is compared.")] = "",
    device: Annotated[
        str, typer.Option(envvar="DLWALK_DEVICE", help="auto, cpu, cuda, cuda:1 ...")
    ] = "auto",
    resume: Annotated[
        str, typer.Option(metavar="ID", help="Go on with a sweep; `last` is the newest.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Train an exercise at several values of its knobs, and compare. Nothing is graded."""
    tutor = open_tutor(runs_code=True)
    if resume:
        leave(_carry_out(tutor, tutor.sweeping.resume(resume, at_a_time=at_a_time), as_json))
    _, found = find_exercise(tutor.course, exercise)
    if not isinstance(found, Run):
        raise TutorError(f"`{exercise}` is code to write, not a run.", "A sweep trains runs.")
    spaces = [read_space(found, text) for text in [*(grid or []), *(ranges or [])]]
    first = whole(found, proposed(found)) if not spaces and proposed(found) else None
    plan = make_plan(
        found,
        spaces or ([first] if first else []),
        set_to=dict(assignment(each) for each in settings or []),
        seeds=seeds,
        draws=draws,
        first_seed=seed,
        metric=metric,
    )
    begun = run_async(tutor.sweeping.begin(plan, device=device, at_a_time=at_a_time))
    leave(_carry_out(tutor, begun, as_json))


def _carry_out(tutor: Tutor, going: Sweep, as_json: bool) -> int:
    err.print(f"Sweep {going.id}: {_announced(tutor, going)}.")
    fixed = ", ".join(f"{name} {plain(value)}" for name, value in going.plan.base.items())
    if fixed:
        err.print(f"In all of them: {fixed}.")

    async def work() -> None:
        try:
            await _watch(going)
        finally:
            await tutor.training.close()

    try:
        run_async(work())
    except KeyboardInterrupt:
        return _left(going)
    return _conclude(going, as_json)


def _announced(tutor: Tutor, going: Sweep) -> str:
    plan, run = going.plan, going.exercise
    each = seconds_each(tutor.sweeping.past(run), plan)
    words = announced(len(going.to_do()), going.at_a_time, each, run.limit.seconds)
    done = len(plan.trials) - len(going.to_do())
    return f"{done} of {len(plan.trials)} done; {words}" if done else words


async def _watch(going: Sweep) -> None:
    """Show a sweep as it goes: a line that changes on a terminal, else a line for each run."""
    task = asyncio.create_task(going.go())
    told = {i for i, each in enumerate(going.results()) if each.counts}
    screen = Live(console=err, refresh_per_second=4, transient=True) if err.is_terminal else None
    try:
        with screen or contextlib.nullcontext():
            while not task.done():
                await asyncio.wait({task}, timeout=0.25)
                for i, each in enumerate(going.results()):
                    if each.counts and i not in told:
                        told.add(i)
                        err.print(_line(going.plan, each))
                if screen is not None:
                    screen.update(_status(going))
    finally:
        # Interrupted: what trains goes on, and nothing new may start while we leave.
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    task.result()


def _line(plan: Plan, result: Result) -> str:
    knobs = "  ".join(f"{name} {plain(value)}" for name, value in result.knobs.items())
    value = "–" if result.value is None else short(result.value)
    words = f"{MARKS[result.outcome]} {knobs}  seed {result.seed}  {plan.metric} {value}"
    why = f": {result.why}" if result.why else ""
    return f"{words}  {WORDS[result.outcome]} in {result.seconds:.1f} s{why}"


def _status(going: Sweep) -> str:
    results = going.results()
    done = sum(each.counts for each in results)
    left = going.seconds_left()
    head = f"{done} of {len(results)} done" + (f", about {duration(left)} left" if left else "")
    lines = [going.stage or head]
    for trial in going.training():
        live, each = going.lives[trial], results[trial]
        total = f"/{live.total_steps}" if live.total_steps else ""
        lines.append(f"{_line(going.plan, each)}, step {live.step}{total}")
    return "\n".join(lines)


def _left(going: Sweep) -> int:
    """What becomes of a sweep whose viewer was interrupted."""
    training = [i for i in going.training() if going.lives[i].where not in ("ended", "dead")]
    if training:
        runs = "1 run goes" if len(training) == 1 else f"{len(training)} runs go"
        err.print(f"{runs} on without you; `dlwalk-tutor stop` ends all that train.")
    err.print(f"Go on with the rest: `dlwalk-tutor sweep --resume {going.id}`")
    return INTERRUPTED


def _conclude(going: Sweep, as_json: bool) -> int:
    results, plan, run = going.results(), going.plan, going.exercise
    if as_json:
        print_json(_data(going))
    else:
        width = min(out.width, 100) if out.is_terminal else PIPE_WIDTH
        glyphs = screen_options().glyphs or "braille"
        out.print("\n".join(table(results, plan, width)))
        for knob in plan.knobs:
            drawing = against(results, run, plan, knob, going.recorded)
            out.print("\n".join(["", *text_drawing(drawing, width, HEIGHT, glyphs=glyphs)]))
        out.print("\n".join(["", *summary(results, plan.metric)]))
        err.print(f"Its runs: `dlwalk-tutor runs {run.id}`, tagged sweep:{going.id}.")
    if going.problem is not None:
        err.print(going.problem.title, style="bold")
        err.print(going.problem.hint)
    if not going.over:
        err.print(f"Go on with the rest: `dlwalk-tutor sweep --resume {going.id}`")
    broke = all(each.outcome == "broken" for each in results)
    return RUN_FAILED if going.problem is not None or broke else DONE


def _data(going: Sweep) -> dict[str, Any]:
    results, plan = going.results(), going.plan
    top = best(results, plan.metric)
    return {
        "sweep": going.id,
        "exercise": plan.exercise,
        "metric": plan.metric,
        "knobs": plan.knobs,
        "base": plan.base,
        "results": [{**structs.asdict(each), "place": each.place} for each in results],
        "best": {"knobs": top.knobs, "value": top.value} if top else None,
        "recorded": going.recorded,
    }
