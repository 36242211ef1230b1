"""Commands of memory: review what is due, export the question bank."""

import time
from typing import Annotated, Literal

import typer

from tutor.cli.app import DONE, NOT_PASSED, app, err, leave, open_tutor, out, run_async
from tutor.cli.asking import ask_one
from tutor.cli.writing import Json, Output, print_json, write_out
from tutor.core.lesson import Code
from tutor.core.lesson import Output as OutputQuestion
from tutor.core.text import visible
from tutor.session.coding import CodeReport
from tutor.session.tutor import Tutor

COMMANDS = ("review", "bank")


@app.command()
def review(
    most: Annotated[int, typer.Option("--most", help="At most so many.", min=1)] = 20,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="Only say what comes due when.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer what is due, the most nearly forgotten first. It changes no score."""
    tutor = open_tutor()
    items = tutor.reviewing.due()
    if forecast or as_json:
        counts = tutor.reviewing.forecast()
        if as_json:
            data = {
                "due": [item.id for item in items],
                "forecast": counts,
                "strengths": tutor.reviewing.strengths(),
            }
            print_json(data)
        else:
            for day, count in enumerate(counts):
                when = time.strftime("%a %d %b", time.localtime(time.time() + 86_400 * day))
                out.print(f"{when}  {count:3}  {'#' * min(count, 60)}")
        leave(DONE)
    if not items:
        out.print("Nothing is due.")
        leave(DONE)
    for number, item in enumerate(items[:most], 1):
        out.print(f"\nReview {number} of {min(most, len(items))}", style="bold")
        if isinstance(item, Code):
            tutor.trust.require()
        try:
            if isinstance(item, Code):
                _recall(tutor, item)
            else:
                ask_one(tutor, tutor.reviewing, item)
        except EOFError:
            err.print("\nStopped; what you answered is kept.")
            leave(NOT_PASSED)
    leave(DONE)


def _recall(tutor: Tutor, code: Code) -> None:
    """A code exercise from memory, in a new file. Raises EOFError when the input ends."""
    path = tutor.reviewing.fresh_file(code)
    out.print(f"Write from memory: {code.title}\nin {visible(str(path))}")

    async def look() -> CodeReport:
        try:
            return await tutor.reviewing.check(code, path)
        finally:
            await tutor.training.close()

    tries = 0
    while input("(enter checks the file; g when you have forgotten) > ").strip() != "g":
        report, tries = run_async(look()), tries + 1
        for result in report.results:
            out.print(
                f"{'passed ' if result.passed else 'not yet'}  {result.name}  {result.message}"
            )
        if report.problem is not None:
            out.print(f"{report.problem.title} {report.problem.hint}")
        if report.verdict.passed:
            tutor.reviewing.conclude(code, report, tries)
            return
    tutor.reviewing.conclude(code, None, tries)
    out.print(tutor.reviewing.solution(code))


@app.command()
def bank(
    form: Annotated[Literal["gift", "anki"], typer.Option("--format", help="For Moodle or Anki.")],
    output: Output = None,
) -> None:
    """Write the course's questions for another program."""
    from tutor.core.bank import Entry, anki, gift

    tutor = open_tutor()
    entries = [
        Entry(
            question,
            lesson.title,
            tutor.quizzes.snippet(question) if isinstance(question, OutputQuestion) else "",
        )
        for lesson in tutor.course.lessons.values()
        for question in lesson.questions
    ]
    if form == "anki":
        write_out(anki(tutor.course.id, entries, tutor.plain), output)
        return
    text, left_out = gift(tutor.course.title, entries, tutor.plain)
    write_out(text, output)
    if left_out:
        err.print(f"GIFT has no form for: {', '.join(left_out)}.")
