"""Everything that can be said of a course without running its code."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from tutor.content.course import COURSE, LESSON, Reading, markdown_files, read_sources
from tutor.content.directives import texts
from tutor.content.files import read_text, resolve
from tutor.content.glossary import GLOSSARY, lint_glossary
from tutor.content.lint_quiz import Finding, lint_quiz
from tutor.content.lint_work import lint_code, lint_predict, lint_run
from tutor.content.markdown import Piece, Reader
from tutor.content.notes import Note
from tutor.content.parse import WORDS_PER_MINUTE, Placed, Source, count_words
from tutor.content.problems import Problem, by_place, nearest
from tutor.content.schema import place
from tutor.core.boxes import width as columns_of
from tutor.core.layout import TAB, layout, row_width
from tutor.core.lesson import Body, Code, Lab, Lesson, Predict, Prose, Quiz, Reflect, Run
from tutor.core.maths import problems as maths_problems

WIDEST_TAKEAWAY = 72
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def lint_course(root: Path) -> list[Problem]:
    """Find everything wrong with a course, errors and warnings, file by file.

    Args:
        root: A course, a lesson's folder inside one (then only its own problems), or a page.

    Returns:
        Every problem in the order of files and lines. No code of the course is imported.
    """
    root = root.parent if root.name == LESSON else root
    course, inside = _course_of(root)
    reading = read_sources(course)
    if inside and f"{inside}/{LESSON}" not in reading.sources:  # a new lesson, not listed yet
        course, inside = root, ""
        reading = read_sources(root)
    problems = [*reading.problems]
    base = course if course.is_dir() else course.parent
    if reading.file is not None:
        problems += _unlisted(base, reading)
        problems += _glossary(base, reading)
        problems += _tests(reading)
    for path, source in reading.sources.items():
        problems += _lint_lesson(base, path, source, reading)
    if inside:
        problems = [each for each in problems if each.path.startswith(f"{inside}/")]
    return by_place(problems)


def _course_of(root: Path) -> tuple[Path, str]:
    """The course that a folder belongs to, and the folder's path inside it; empty for the whole."""
    if root.is_dir() and not (root / COURSE).is_file():
        home = root.resolve()
        for parent in list(home.parents)[:3]:
            if (parent / COURSE).is_file():
                return parent, home.relative_to(parent).as_posix()
    return root, ""


def _unlisted(root: Path, reading: Reading) -> Iterator[Problem]:
    for file in markdown_files(root):
        path = file.relative_to(root).as_posix()
        if file.name == LESSON and path not in reading.sources:
            fix = f"Add the folder to `lessons` of a chapter in {COURSE}."
            yield Problem(path, 1, "No chapter lists this lesson.", fix, "warning")


def _tests(reading: Reading) -> Iterator[Problem]:
    course, lines = reading.course, reading.lines
    if course is None or lines is None:
        return
    for index, chapter in enumerate(course.chapters):
        asked = any(lesson.questions for lesson in course.lessons_of(chapter))
        if chapter.test is not None and not asked:
            line = lines.at(("chapter", index, "test"))
            message = f"The test of `{chapter.id}` has nothing to draw from."
            fix = "Ask something in the chapter's lessons, or remove `test`."
            yield Problem(COURSE, line, message, fix)


def _glossary(root: Path, reading: Reading) -> Iterator[Problem]:
    terms, lines, _ = reading.glossary
    if reading.course is None or lines is None:
        return
    yield from lint_glossary(reading.glossary, reading.course.lessons)
    for index, term in enumerate(terms):
        reader = Reader(term.text, html=False, first_line=lines.at(("term", index, "text")))
        list(reader.pieces())
        for note in reader.notes:
            yield from _lint_note(root, GLOSSARY, note, reading)


def _lint_lesson(root: Path, path: str, source: Source, reading: Reading) -> list[Problem]:
    folder = path.rpartition("/")[0]
    problems = list(source.findings)
    notes = [*source.notes, *(note for placed in source.placed for note in placed.notes())]
    for note in notes:
        problems += _lint_note(root, path, note, reading)
    for placed in source.placed:
        for found in _lint_directive(root, folder, placed, reading):
            line = placed.lines.at(found.path)
            problems.append(Problem(path, line, found.message, found.fix, found.level))
    if source.lesson is not None:
        problems += _reading_time(path, source.lesson)
        if reading.file is not None:
            problems += _takeaway(root, path, source.lesson, reading)
    return problems


def _lint_note(root: Path, path: str, note: Note, reading: Reading) -> Iterator[Problem]:
    match note.kind:
        case "no alt":
            fix = "Say what it shows: `![the loss falls, then bursts](...)`."
            yield Problem(path, note.line, f"The picture `{note.text}` has no words.", fix)
        case "wide":
            yield _wide(path, note.line, note.text, note.room)
        case "image":
            yield from _figure(root, path, note)
        case "maths":
            for sentence in maths_problems(note.text):
                message = f"In `{note.text[:60]}`: {sentence}"
                yield Problem(path, note.line, message)
        case "link":
            yield from _link(root, path, note, reading)
        case _:
            pass


def _wide(path: str, line: int, what: str, room: int) -> Problem:
    fix = f"Keep it within {room}, so that an 80-column terminal shows it whole."
    return Problem(path, line, f"This {what} wide.", fix, "warning")


def _figure(root: Path, path: str, note: Note) -> Iterator[Problem]:
    """A figure that is drawn in text is cut where the page ends."""
    folder = path.rpartition("/")[0]
    file, _ = resolve(root, folder, note.text)
    if file is None or file.suffix != ".txt":
        return
    text, problems = read_text(file, f"{folder}/{note.text}")
    yield from problems
    rows = (text or "").expandtabs(TAB).split("\n")
    widest = max(map(columns_of, rows))
    if widest > note.room:
        yield _wide(path, note.line, f"figure is {widest} columns", note.room)


def _link(root: Path, path: str, note: Note, reading: Reading) -> Iterator[Problem]:
    target = unquote(note.text).partition("#")[0]
    if target.startswith("lesson:"):
        lessons = reading.course.lessons if reading.course else {}
        name = target.removeprefix("lesson:")
        if reading.file is not None and name not in lessons:
            fix = nearest(name, lessons, "lessons")
            yield Problem(path, note.line, f"The link `{note.text}` names no lesson.", fix)
    elif target and not _SCHEME.match(target):
        _, wrong = resolve(root, path.rpartition("/")[0], target)
        if wrong:
            fix = "Links to files begin at the lesson's folder; to lessons: `lesson:ID`."
            yield Problem(path, note.line, f"A dead link: {wrong}", fix)


def _lint_directive(root: Path, folder: str, placed: Placed, reading: Reading) -> Iterator[Finding]:
    for key_path, _, text in texts(placed.data):
        if not text.strip():
            yield Finding(key_path, f"{place(key_path)} is empty.", "Write it, or remove the key.")
    match placed.body:
        case Run() as run:
            yield from lint_run(run, root, folder)
        case Code() as code:
            yield from lint_code(code, root, folder)
        case Lab(goal=goal, solution=solution) if goal and not solution:
            fix = "Add `solution`, the keys that reach them: `check --run` presses them."
            yield Finding((), "Nobody knows that its goals can be reached.", fix)
        case Predict() as predict:
            found = reading.course.find(predict.run) if reading.course else None
            run_of = found[1] if found and isinstance(found[1], Run) else None
            yield from lint_predict(predict, run_of)
        case _ if isinstance(placed.body, Quiz):
            yield from lint_quiz(placed.body)
            if not placed.hidden:
                fix = "Put `<details><summary>Question</summary>` and an empty line before it, "
                yield Finding(
                    (),
                    "The answers of this question show in any markdown viewer.",
                    fix + "an empty line and `</details>` after it.",
                )
        case _:
            pass


def _reading_time(path: str, lesson: Lesson) -> Iterator[Problem]:
    minutes = count_words(lesson.blocks, extras=False) / WORDS_PER_MINUTE
    minutes += sum(_minutes(block.body) for block in lesson.blocks if not block.extra)
    if not lesson.minutes / 1.6 - 1 <= minutes <= lesson.minutes * 1.6 + 1:
        message = f"`minutes` says {lesson.minutes}, and the core path takes about {minutes:.0f}."
        yield Problem(path, 1, message, "Change one of the two.", "warning")


def _takeaway(root: Path, path: str, lesson: Lesson, reading: Reading) -> Iterator[Problem]:
    reader = Reader(lesson.takeaway, html=False)
    blocks = [piece.block for piece in reader.pieces() if isinstance(piece, Piece)]
    for note in reader.notes:
        yield from _lint_note(root, path, note, reading)
    columns = max(map(row_width, layout(blocks, 10_000)), default=0)
    if not columns:
        fix = "Add `takeaway: ...`: what one knows afterwards, in one line."
        yield Problem(path, 1, "The lesson has no `takeaway`.", fix, "warning")
    elif columns > WIDEST_TAKEAWAY:
        message = f"`takeaway` is {columns} columns wide."
        fix = f"Keep it within {WIDEST_TAKEAWAY}: it is one line on the page of the day."
        yield Problem(path, 1, message, fix, "warning")


def _minutes(body: Body) -> float:
    """What a block costs beside the reading."""
    match body:
        case Prose() | Reflect():
            return 0.0
        case Run() | Lab():
            return 2.0
        case Code():
            return 4.0
        case _:
            return 1.0
