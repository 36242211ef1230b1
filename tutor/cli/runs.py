"""Commands over every run: list, show, diff, against, note, tag, delete, undo; `export` joins them."""

import json
from difflib import unified_diff
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tutor.cli.app import DONE, app, err, leave, open_tutor, out
from tutor.cli.writing import Json, print_json
from tutor.core.axes import short
from tutor.core.bitmap import draw
from tutor.core.errors import TutorError
from tutor.core.ledger import (
    Entry,
    Order,
    differences,
    facts,
    matches,
    ordered,
    relation,
    table,
    varied,
)
from tutor.core.marks import MOST
from tutor.core.text import visible
from tutor.core.text_plot import text_overlay
from tutor.session.comparing import names_of, overlay
from tutor.session.tutor import Tutor
from tutor.session.when import moment

COMMANDS = ("list", "show", "diff", "against", "note", "tag", "delete", "undo")
PIPE_WIDTH, HEIGHT = 100, 14


class _ListsByItself(TyperGroup):
    """A group whose name alone, or with anything that is no command of it, is its `list`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


runs = typer.Typer(
    cls=_ListsByItself,
    help="Every run: listed, found, compared, noted, deleted, taken elsewhere.",
    rich_markup_mode=None,
)
app.add_typer(runs, name="runs")

Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, or an end of it.")]
Runs = Annotated[list[str], typer.Argument(metavar="RUN...", help="Ids, or ends of them.")]
Query = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUERY",
        help="Words of a name, note or outcome, #tag, lr>0.01, test/accuracy>=0.9; "
        "after --, -word for what must not hold.",
    ),
]
Metric = Annotated[str, typer.Option(help="A series; by default what each run is graded by.")]


@runs.command("list")
def list_runs(
    query: Query = None,
    sort: Annotated[Order, typer.Option(help="What comes first.")] = "newest",
    metric: Metric = "",
    as_json: Json = False,
) -> None:
    """List runs, newest first. `runs` alone does the same."""
    found = ordered(_found(open_tutor(), query), sort, metric)
    if as_json:
        print_json(found)
        leave(DONE)
    if not found:
        err.print(
            f"No run matches {visible(' '.join(query))}."
            if query
            else "No runs yet. `dlwalk-tutor lessons` shows where to start."
        )
    for entry in found:
        knobs = " ".join(f"{name}={json.dumps(value)}" for name, value in entry.knobs.items())
        value = short(entry.last(metric))
        written = " ".join([*(f"#{tag}" for tag in entry.tags), entry.note])
        row = f"{entry.run}  {entry.outcome:<8}  {value:<7}  seed {entry.seed}  {knobs}  {written}"
        out.print(visible(row).rstrip())


def _found(tutor: Tutor, query: list[str] | None) -> list[Entry]:
    return [entry for entry in tutor.ledger.entries() if matches(entry, " ".join(query or []))]


@runs.command()
def show(
    run: Run,
    metric: Metric = "",
    code: Annotated[bool, typer.Option("--code", help="Only your code that it trained.")] = False,
    as_json: Json = False,
) -> None:
    """Show all that is known of a run, and its curve."""
    tutor = open_tutor()
    entry = tutor.ledger.entry(run)
    if code:
        theirs = _code_of(tutor, entry)
        if as_json:
            print_json({"run": entry.run, "code": theirs})
        else:
            out.print(visible(theirs), end="")
        leave(DONE)
    if as_json:
        print_json(entry)
        leave(DONE)
    _draw(tutor, [entry], metric)
    for name, value in facts(entry, moment(entry.created)):
        out.print(visible(f"{name:<9} {value}"))


@runs.command()
def diff(wanted: Runs, metric: Metric = "", as_json: Json = False) -> None:
    """Lay runs over each other, and say what tells them apart. The first is on top."""
    tutor = open_tutor()
    entries = [tutor.ledger.entry(run) for run in dict.fromkeys(wanted)]
    if not 2 <= len(entries) <= MOST:
        raise TutorError(f"Two to {MOST} runs can be compared.", "`dlwalk-tutor runs` lists them.")
    names, codes = names_of(entries), [tutor.ledger.code(entry.run) for entry in entries]
    if as_json:
        print_json(
            {
                "runs": [entry.run for entry in entries],
                "names": names,
                "differences": differences(entries),
                "metrics": [entry.metrics for entry in entries],
                "code": codes,
            }
        )
        leave(DONE)
    _draw(tutor, entries, metric)
    width = out.width if out.is_terminal else 20 + 17 * len(entries)
    for line in table(entries, names, width):
        out.print(visible(line).rstrip())
    if len(codes) == 2 and all(codes):
        ours, theirs = (code.splitlines() for code in codes)
        for line in unified_diff(ours, theirs, names[0], names[1], lineterm=""):
            out.print(visible(line))


def _code_of(tutor: Tutor, entry: Entry) -> str:
    code = tutor.ledger.code(entry.run)
    if not code:
        raise TutorError(
            f"No code of yours is kept with `{entry.run}`.",
            "Only exercises that train with a file of yours keep it.",
        )
    return code


def _draw(tutor: Tutor, entries: list[Entry], metric: str) -> None:
    """The curves of some runs, the first of them pinned."""
    known = dict.fromkeys(name for entry in entries for name in entry.metrics)
    if metric and metric not in known:
        raise TutorError(
            f"No series is called `{visible(metric)}` here.",
            f"There are: {', '.join(map(visible, known))}." if known else "Nothing was read.",
        )
    ledger = tutor.ledger
    for entry in entries:
        ledger.marks.toggle(entry.run)
        ledger.shelf.load(entry.run)
    ledger.marks.pin(entries[0].run)
    width = min(PIPE_WIDTH, out.width) if out.is_terminal else PIPE_WIDTH
    for line in text_overlay(overlay(tutor, entries, metric=metric), width, HEIGHT):
        out.print(visible(line))


@runs.command()
def against(
    knob: Annotated[str, typer.Argument(help="A knob in which the runs differ.")],
    query: Query = None,
    metric: Metric = "",
    as_json: Json = False,
) -> None:
    """A knob against what came of it, over the runs of one exercise."""
    found = _found(open_tutor(), query)
    exercises = sorted({entry.exercise for entry in found})
    if len(exercises) > 1:
        raise TutorError(
            "These runs are of several exercises.", f"Name one: {', '.join(exercises)}."
        )
    if knob not in varied(found):
        raise TutorError(
            f"These runs do not differ in `{visible(knob)}`.",
            f"They differ in: {', '.join(varied(found)) or 'no knob'}.",
        )
    result = metric or found[0].result
    if as_json:
        rows = [
            {"run": each.run, knob: each.knobs.get(knob), result: each.metrics.get(result)}
            for each in found
        ]
        print_json(rows)
        leave(DONE)
    numbers = [each.knobs.get(knob) for each in found]
    log = all(isinstance(value, int | float) and value > 0 for value in numbers)
    picture = relation(found, knob, result, log=log)
    for row in draw(picture, PIPE_WIDTH if not out.is_terminal else out.width, HEIGHT, mono=True):
        out.print("".join(cell.char for cell in row).rstrip())


@runs.command()
def note(run: Run, text: Annotated[str, typer.Argument(help="What to remember of it.")]) -> None:
    """Write a note on a run, in place of the one before; an empty one takes it away."""
    ledger = open_tutor().ledger
    ledger.note(ledger.find(run), text)


@runs.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
def tag(
    run: Run,
    tags: Annotated[list[str], typer.Argument(metavar="+TAG|-TAG...", help="Give or take away.")],
) -> None:
    """Give a run tags, or take them away: `tag RUN +keep -old`."""
    ledger = open_tutor().ledger
    entry = ledger.entry(run)
    given = dict.fromkeys(entry.tags)
    for word in tags:
        name = word.lstrip("+-#")
        if not name:
            raise TutorError(f"`{visible(word)}` names no tag.", "Write it as +keep or -keep.")
        if word.startswith("-"):
            given.pop(name, None)
        else:
            given[name] = None
    ledger.tag(entry.run, given)
    out.print(visible(" ".join(f"#{each}" for each in given)))


@runs.command()
def delete(wanted: Runs) -> None:
    """Delete runs. Their grades stay, and for a week `runs undo` takes them back."""
    ledger = open_tutor().ledger
    for run in [ledger.find(each) for each in wanted]:
        ledger.delete(run)
        err.print(f"Deleted {run}. Back: `dlwalk-tutor runs undo {run}`")


@runs.command()
def undo(
    run: Annotated[
        str, typer.Argument(help="A deleted run; the one deleted last by default.")
    ] = "",
) -> None:
    """Take a deleted run back."""
    out.print(open_tutor().ledger.undo(run))
