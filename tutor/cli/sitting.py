"""The command that sits the test of a chapter: test."""

from typing import Annotated

import typer

from tutor.cli.app import DONE, NOT_PASSED, app, err, leave, open_tutor, out
from tutor.cli.asking import ask_one
from tutor.cli.writing import Json, print_json, text_columns
from tutor.core.course import Chapter
from tutor.core.layout import layout
from tutor.core.sitting import ChapterStanding, percent
from tutor.session.library import row_text
from tutor.session.sittings import Sitting, chapter_tests, find_chapter, front_page
from tutor.session.tutor import Tutor

COMMANDS = ("test",)


@app.command("test")
def sit(
    chapter: Annotated[
        str, typer.Argument(help="Id of a chapter, or its beginning; a list without.")
    ] = "",
    last: Annotated[
        bool, typer.Option("--last", help="Only show how the last attempt went.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Sit the test of a chapter: no hints, the reasons at the end, no lesson's points at stake."""
    tutor = open_tutor()
    if not chapter:
        _list(chapter_tests(tutor), as_json)
    chosen = find_chapter(tutor, chapter)
    if as_json:
        found = next(each for each in chapter_tests(tutor) if each.chapter == chosen.id)
        print_json({"test": found, "attempts": tutor.progress.tests.get(chosen.id, [])})
        leave(DONE)
    if last:
        _show(tutor, chosen)
        leave(DONE)
    sitting = Sitting(tutor, chosen)
    out.print(f"Test: {chosen.title}, attempt {sitting.attempt}", style="bold")
    for number, question in enumerate(sitting.questions, 1):
        if question.id in sitting.answers:
            continue
        out.print(f"\nQuestion {number} of {len(sitting.questions)}", style="bold")
        try:
            ask_one(tutor, sitting, question)
        except EOFError:
            err.print("\nStopped; what you answered is kept, and the same test goes on.")
            leave(NOT_PASSED)
    passed = sitting.hand_in().passed
    out.print()
    _show(tutor, chosen)
    leave(DONE if passed else NOT_PASSED)


def _list(found: list[ChapterStanding], as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif not found:
        err.print("This course has no tests.")
    else:
        for each in found:
            out.print(f"{each.chapter:<20} {each.title:<44.44} {test_words(each)}")
    leave(DONE)


def test_words(each: ChapterStanding) -> str:
    """A test in a few words: its questions, the best attempt, whether it is passed."""
    best = "" if each.best is None else f"best {percent(each.best)}"
    state = "passed" if each.passed else f"passes at {each.passing:.0%}"
    return f"{each.questions:2} questions  {best:>9}  {state}"


def _show(tutor: Tutor, chapter: Chapter) -> None:
    for row in layout(tutor.markdown(front_page(tutor, chapter)), text_columns()):
        out.print(row_text(row))
