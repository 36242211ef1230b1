"""Commands that carry results to a teacher: report, verify, gradebook."""

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from msgspec.structs import replace

from tutor.cli.app import (
    DONE,
    NOT_PASSED,
    app,
    course_folder,
    err,
    leave,
    open_tutor,
    out,
    run_async,
    screen_options,
)
from tutor.cli.writing import Json, Output, print_json, write_out
from tutor.core.errors import TutorError
from tutor.core.facts import Row
from tutor.core.progress import fold
from tutor.core.sitting import percent
from tutor.core.text import visible
from tutor.core.transcript import Transcript, encode_transcript
from tutor.session.tutor import Tutor

if TYPE_CHECKING:
    from tutor.session.transcripts import Again

COMMANDS = ("name", "summary", "report", "verify", "gradebook")
Allowed = Annotated[
    Path | None,
    typer.Option("--allowed-signers", help="Whose key is whose, as ssh-keygen reads it."),
]


@app.command()
def name(
    words: Annotated[list[str] | None, typer.Argument(help="What you are called.")] = None,
) -> None:
    """Say what you are called, or read it; it stands on your report."""
    tutor = open_tutor()
    if words:
        tutor.introduce(visible(" ".join(words)))
    out.print(tutor.name or "You have not said your name yet.")


@app.command()
def summary(
    day: Annotated[
        int | None, typer.Option(help="Which day of the course; all of it without one.")
    ] = None,
    output: Output = None,
    picture: Annotated[
        bool, typer.Option("--picture", help="As a picture (SVG), to print or to hang up.")
    ] = False,
) -> None:
    """The course, or a day of it, on one page: what was learnt, the best runs, what comes back."""
    tutor = open_tutor()
    if picture:
        from tutor.session.certificate import certificate

        if day is not None:
            raise TutorError("The picture is of the whole course.", "Leave --day out.")
        write_out(certificate(tutor), output)
        return
    from tutor.session.summary import summary as page

    glyphs = screen_options().glyphs or "braille"
    write_out(run_async(page(tutor, day, glyphs=glyphs)), output)


@app.command()
def report(
    form: Annotated[
        Literal["json", "csv", "md"], typer.Option("--format", help="json is what is verified.")
    ] = "md",
    output: Output = None,
    with_notes: Annotated[
        bool, typer.Option("--with-notes", help="Put your reflections in as well.")
    ] = False,
    sign: Annotated[bool, typer.Option("--sign", help="Sign it with your SSH key (json).")] = False,
    key: Annotated[Path | None, typer.Option(help="Another key than the usual one.")] = None,
) -> None:
    """Write down what you did: for a teacher, or for yourself."""
    from tutor.session.signing import default_key
    from tutor.session.signing import sign as signed
    from tutor.session.transcripts import make_transcript

    made = make_transcript(open_tutor(), with_notes=with_notes)
    if sign or key:
        made = replace(made, signature=signed(made.seal, key or default_key()))
    forms = {"json": lambda: encode_transcript(made).decode(), "csv": lambda: _csv(made)}
    write_out(forms.get(form, lambda: _markdown(made))(), output)
    if not made.head.learner:
        err.print("It carries no name. `dlwalk-tutor name YOUR-NAME` sets one.")


def _csv(made: Transcript) -> str:
    rows = ["lesson,points,first,maximum,passed"]
    rows += [
        f"{each.lesson},{each.points:g},{each.first:g},{each.maximum:g},{each.passed}"
        for each in made.lessons
    ]
    return "\n".join(rows) + "\n"


def _markdown(made: Transcript) -> str:
    when = time.strftime("%Y-%m-%d", time.localtime(made.head.made))
    passed = sum(each.passed for each in made.lessons)
    lines = [
        f"# {made.head.course_title}",
        "",
        f"{made.head.learner or 'A learner'}, {when}: {passed} of {len(made.lessons)} lessons "
        f"passed. Course version {made.head.course_version}, dlwalk-tutor {made.head.tutor}.",
        "",
        "| Lesson | Best | First | Of | Passed |",
        "|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {each.title} | {each.points:g} | {each.first:g} | {each.maximum:g} "
        f"| {'yes' if each.passed else 'not yet'} |"
        for each in made.lessons
    ]
    tests = fold(Row(each.id, each.at, made.head.course, each.fact) for each in made.lines).tests
    if tests:
        lines += [
            "",
            "| Test of the chapter | Best | First | Attempts | Passed |",
            "|---|---:|---:|---:|---|",
        ]
    for chapter, sat in tests.items():
        shares = [each.share for each in sat]
        state = "yes" if any(each.passed for each in sat) else "not yet"
        lines.append(
            f"| {chapter} | {percent(max(shares))} | {percent(shares[0])} | {len(sat)} | {state} |"
        )
    return "\n".join([*lines, "", f"Seal: {made.seal}", ""])


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A report in JSON.")],
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Run the learner's code and some runs again, here.")
    ] = False,
    sample: Annotated[int, typer.Option(help="How many runs to train again.", min=0)] = 3,
    allowed: Allowed = None,
    as_json: Json = False,
) -> None:
    """Check a report: its chain, its scores, its signature, and with --rerun its evidence."""
    from tutor.session.transcripts import examine, run_again

    found = examine(file, open_tutor(runs_code=rerun), allowed)
    again: list[Again] = []
    if found.report is not None and found.state == "good" and rerun:
        err.print("Running the learner's code on this machine, with the limits of any check.")
        with tempfile.TemporaryDirectory() as home:
            tutor = Tutor.open(course_folder(), Path(home))
            tutor.trust.grant()

            async def work(report: Transcript) -> "list[Again]":
                try:
                    return await run_again(report, tutor, sample=sample, told=_told)
                finally:
                    await tutor.training.close()

            again = run_async(work(found.report))
            tutor.close()
    if as_json:
        print_json({"examined": found, "again": again})
    else:
        out.print(f"{found.file}: {found.state}")
        for words in found.problems:
            out.print(f"  {words}")
        if found.report is not None:
            by = f"signed by {found.signed_by}" if found.signed_by else "not signed"
            out.print(f"  {visible(found.report.head.learner) or 'no name'}, {by}")
        if again:
            out.print(
                f"  {sum(each.agrees for each in again)} of {len(again)} agree when run again"
            )
    leave(DONE if found.state == "good" and all(each.agrees for each in again) else NOT_PASSED)


def _told(again: "Again") -> None:
    err.print(f"{'ok  ' if again.agrees else 'BAD '} {visible(again.what)}  {again.detail}")


@app.command()
def gradebook(
    folder: Annotated[Path, typer.Argument(help="A folder of reports in JSON.")],
    form: Annotated[
        Literal["csv", "moodle", "canvas", "json"], typer.Option("--format", help="Which table.")
    ] = "csv",
    output: Output = None,
    allowed: Allowed = None,
) -> None:
    """Collect a class's reports into one table, and name the ones that are not right."""
    from tutor.session.gradebook import canvas_csv, moodle_csv, plain_csv
    from tutor.session.gradebook import gradebook as collect

    book = collect(folder, open_tutor(), allowed)
    if form == "json":
        print_json(book)
    else:
        make = {"csv": plain_csv, "moodle": moodle_csv, "canvas": canvas_csv}[form]
        write_out(make(book), output)
    bad = [row for row in book.rows if row.state != "good"]
    for row in bad:
        err.print(f"{row.file}: {row.state}. {row.feedback}")
    err.print(f"{len(book.rows) - len(bad)} of {len(book.rows)} reports are good.")
    leave(NOT_PASSED if bad else DONE)
