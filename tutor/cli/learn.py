"""Commands of the learner that need no training: lessons, read, glossary, quiz, progress."""

import textwrap
from typing import Annotated

import typer

from tutor.cli.app import DONE, NOT_PASSED, app, err, leave, open_tutor, out
from tutor.cli.asking import ask_one
from tutor.cli.sitting import test_words
from tutor.cli.writing import Json, Output, print_json, text_columns, write_out
from tutor.core.errors import TutorError
from tutor.core.layout import layout
from tutor.core.lesson import Lesson, Predict, Prose, Reflect
from tutor.session.library import chapter_of, row_text
from tutor.session.report import progress_table
from tutor.session.sittings import chapter_tests
from tutor.session.tutor import Tutor

COMMANDS = ("lessons", "read", "glossary", "quiz", "progress", "notebook", "export")


@app.command()
def lessons(as_json: Json = False) -> None:
    """List the lessons with what you have of each."""
    tutor = open_tutor()
    rows = progress_table(tutor)
    if as_json:
        print_json(rows)
        leave(DONE)
    tests = {each.title: each for each in chapter_tests(tutor)}
    for number, row in enumerate(rows, 1):
        if number == 1 or row.chapter != rows[number - 2].chapter:
            out.print(f"\n{row.chapter}" if number > 1 else row.chapter)
        mark = "passed" if row.passed else "begun" if row.begun else ""
        points = f"{row.points:g}/{row.maximum:g}"
        out.print(f"{number:3}  {row.title:<44.44} {row.minutes:3} min  {points:>8}  {mark}")
        out.print(f"     {row.lesson}", style="dim")
        last = number == len(rows) or rows[number].chapter != row.chapter
        if last and row.chapter in tests:
            out.print(f"     {'Chapter test':<44} {test_words(tests[row.chapter])}")


@app.command()
def read(
    lesson: Annotated[str, typer.Argument(help="Id, number, or beginning of the id.")],
    latex: Annotated[bool, typer.Option("--latex", help="Show formulas as LaTeX.")] = False,
    width: Annotated[
        int | None, typer.Option(help="Columns; the terminal's by default.", min=20)
    ] = None,
) -> None:
    """Print a lesson as text."""
    tutor = open_tutor()
    chosen = tutor.lesson(lesson)
    room = width or text_columns()
    for block in chosen.blocks:
        if isinstance(block.body, Prose):
            rows = layout(
                block.body.blocks,
                room,
                latex=latex,
                figure=lambda figure: tutor.figure(chosen, figure),
            )
            for row in rows:
                out.print(row_text(row))
        else:
            kind = type(block.body).__name__.lower()
            # Whole, where a list would have its beginning.
            body = block.body
            words = (
                tutor.plain(body.prompt)
                if isinstance(body, Predict | Reflect)
                else tutor.title(body)
            )
            out.print(textwrap.fill(f"[{kind} {block.id}] {words}", room) + "\n")


@app.command()
def glossary(
    term: Annotated[str, typer.Argument(help="A term, or the beginning of one; all without.")] = "",
    as_json: Json = False,
) -> None:
    """Say what the words of the course mean."""
    from tutor.session.glossary import look_up, shelves

    tutor = open_tutor()
    course = tutor.course
    found = [look_up(course, term)] if term else [t for s in shelves(course) for t in s.terms]
    if as_json:
        print_json(found[0] if term else found)
        leave(DONE)
    if not found:
        err.print("This course has no glossary.")
    for each in found:
        also = f" ({', '.join(each.also)})" if each.also else ""
        out.print(f"{each.term}{also}", style="bold")
        for row in layout(tutor.markdown(each.text), text_columns() - 4):
            out.print(f"    {row_text(row)}")
        out.print(f"    {course.lessons[each.lesson].title}", style="dim")


@app.command()
def progress(as_json: Json = False) -> None:
    """What you did and earned."""
    tutor = open_tutor()
    rows = progress_table(tutor)
    if as_json:
        print_json({"course": tutor.course.id, "version": tutor.course.version, "lessons": rows})
        leave(DONE)
    if tutor.name:
        out.print(tutor.name)
    for row in rows:
        done = f"{row.done}/{row.blocks} done"
        first = f"first {row.first:g}, best {row.points:g} of {row.maximum:g}"
        state = "passed" if row.passed else f"needs {row.needed:g}"
        out.print(f"{row.title:<40.40} {done:>12}  {first:<28} {state}")
    total, most = sum(row.points for row in rows), sum(row.maximum for row in rows)
    out.print(f"{'Together':<40} {'':>12}  {total:g} of {most:g} points")


@app.command()
def quiz(
    lesson: Annotated[str, typer.Argument(help="Id, number, or beginning of the id.")],
    again: Annotated[bool, typer.Option(help="Ask also what you have already got right.")] = False,
    test_out: Annotated[
        bool, typer.Option("--test-out", help="One try each, no hints; enough pass the lesson.")
    ] = False,
) -> None:
    """Take a lesson's questions here, one after the other."""
    tutor = open_tutor()
    chosen = tutor.lesson(lesson)
    questions = chosen.questions
    if not questions:
        raise TutorError(f"{chosen.title} has no questions.")
    if test_out and not tutor.quizzes.can_test_out(chosen):
        raise TutorError(
            "Testing out is for lessons with four questions, none of them tried yet.",
            "Take the quiz without --test-out.",
        )
    for number, question in enumerate(questions, 1):
        record = tutor.progress.blocks.get(question.id)
        if record and record.passed and not again:
            continue
        out.print(f"\nQuestion {number} of {len(questions)}", style="bold")
        try:
            ask_one(tutor, tutor.quizzes, question, helps=not test_out)
        except EOFError:
            err.print("\nStopped; what you answered is kept.")
            leave(NOT_PASSED)
    if test_out and tutor.quizzes.test_out(chosen):
        out.print(f"\nTested out: {chosen.title} is passed.", style="bold")
        leave(DONE)
    leave(_score(tutor, chosen))


def _score(tutor: Tutor, lesson: Lesson) -> int:
    standing = tutor.standing(lesson)
    earned = sum(standing.blocks[each.id].earned for each in lesson.questions)
    most = sum(standing.blocks[each.id].maximum for each in lesson.questions)
    chapter = chapter_of(tutor.course, lesson)
    where = f"{chapter.title}: " if chapter else ""
    out.print(f"\n{where}{lesson.title}: {earned:g} of {most:g} points of its questions.")
    return DONE if earned >= lesson.passing * most else NOT_PASSED


@app.command()
def notebook(
    lesson: Annotated[str, typer.Argument(help="Only this lesson.")] = "",
    output: Output = None,
) -> None:
    """Your lab notebook as markdown: bets, runs, answers, hints and thoughts."""
    from tutor.session.notebook import notebook as kept

    tutor = open_tutor()
    write_out(kept(tutor, tutor.lesson(lesson) if lesson else None), output)


@app.command()
def export(
    lesson: Annotated[str, typer.Argument(help="Id, number, or beginning of the id.")],
    ipynb: Annotated[bool, typer.Option("--ipynb", help="As a Jupyter notebook.")] = True,
    output: Output = None,
) -> None:
    """Write a lesson as a Jupyter notebook that runs outside the tutor."""
    from tutor.session.jupyter import to_notebook

    if not ipynb:
        raise TutorError("There is no other form than --ipynb.")
    tutor = open_tutor()
    write_out(to_notebook(tutor, tutor.lesson(lesson)).decode(), output)
