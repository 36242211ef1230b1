"""A folder to a `Course`: `course.toml` with its lessons, or any folder of markdown."""

import itertools
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from tutor.content.directives import read_toml
from tutor.content.files import read_text
from tutor.content.glossary import Glossed, read_glossary
from tutor.content.integrity import check_integrity
from tutor.content.key_lines import KeyLines
from tutor.content.parse import Source, parse_source, plain_lesson, slug
from tutor.content.problems import CourseErrors, Problem, by_place, nearest
from tutor.content.schema import convert
from tutor.core.course import Chapter, Course, CourseFile
from tutor.core.errors import TutorError
from tutor.core.lesson import Lesson
from tutor.core.text import visible

COURSE = "course.toml"
LESSON = "lesson.md"


class Reading(NamedTuple):
    """A course as it was read, with what the linter needs.

    Attributes:
        course: The course, or None where there is nothing to open.
        problems: What keeps it from being opened.
        sources: Every lesson that is not plain reading, by its path.
        file: `course.toml`, where there is one that can be used.
        lines: Which line of `course.toml` a key stands on.
        glossary: `glossary.toml`, where there is one.
    """

    course: Course | None
    problems: list[Problem]
    sources: dict[str, Source]
    file: CourseFile | None = None
    lines: KeyLines | None = None
    glossary: Glossed = Glossed()


def load_course(root: Path) -> Course:
    """Open a course: a folder with `course.toml`, any folder of markdown, or one markdown file.

    Raises:
        CourseErrors: If anything in it is broken; it holds every problem.
        TutorError: If there is nothing to open.
    """
    course, problems = read_course(root)
    errors = [problem for problem in problems if problem.level == "error"]
    if errors:
        raise CourseErrors(errors)
    if course is None or not course.lessons:
        shown = visible(str(root))
        raise TutorError(f"There is no lesson in `{shown}`.", "A lesson is a markdown file.")
    return course


def read_course(root: Path) -> tuple[Course | None, list[Problem]]:
    """Read a course and everything that keeps it from being opened. Runs none of its code."""
    reading = read_sources(root)
    return reading.course, reading.problems


def read_sources(root: Path) -> Reading:
    """Read a course with what the linter needs."""
    if root.is_file():
        base = root.parent
        reading = _loose(base, [root], root.stem)
    elif (root / COURSE).is_file():
        base = root
        reading = _listed(root)
    else:
        base = root
        reading = _loose(root, markdown_files(root), root.resolve().name)
    problems = [*reading.problems]
    if reading.course is not None:
        listed = reading.file is not None
        retired = reading.file.retired if reading.file else ()
        problems += check_integrity(base, reading.sources, listed=listed, retired=retired)
    return reading._replace(problems=by_place(problems))


def _listed(root: Path) -> Reading:
    text, problems = read_text(root / COURSE, COURSE)
    if text is None:
        return Reading(None, problems, {})
    toml = read_toml(visible(text))
    problems += [Problem(COURSE, line, fault.message, fault.fix) for line, fault in toml.faults]
    if toml.broken:
        return Reading(None, problems, {})
    file, faults = convert(toml.data, CourseFile)
    problems += [
        Problem(COURSE, toml.lines.at(fault.path), fault.message, fault.fix) for fault in faults
    ]
    if file is None:
        return Reading(None, problems, {})
    sources: dict[str, Source] = {}
    chapters = []
    for index, chapter in enumerate(file.chapter):
        folders = tuple(PurePosixPath(name).as_posix() for name in chapter.lessons)
        line = toml.lines.at(("chapter", index, "lessons"))
        for folder in folders:
            problems += _add(root, folder, line, sources)
        chapters.append(msgspec.structs.replace(chapter, lessons=folders))
    lessons = {source.lesson.id: source.lesson for source in sources.values() if source.lesson}
    listed = sum(len(chapter.lessons) for chapter in chapters)
    glossary = read_glossary(root, lessons, complete=len(lessons) == listed)
    course = Course(
        id=file.id,
        title=file.title,
        version=file.version,
        language=file.language,
        chapters=tuple(chapters),
        lessons=lessons,
        root=str(root.resolve()),
        glossary=glossary.terms,
    )
    problems += glossary.problems
    return Reading(course, problems, sources, file, toml.lines, glossary)


def _add(root: Path, folder: str, line: int, sources: dict[str, Source]) -> list[Problem]:
    """Read a listed lesson into `sources`, and say what is wrong with its place in the list."""
    path = f"{folder}/{LESSON}"
    if path in sources:
        message = f"The lesson `{folder}` is listed twice."
        return [Problem(COURSE, line, message, "A lesson belongs to one chapter.")]
    home = root.resolve()
    target = Path(home, path)
    if not target.resolve().is_relative_to(home):
        return [Problem(COURSE, line, f"The lesson `{folder}` lies outside the course's folder.")]
    if not target.is_file():
        there = [each.parent.relative_to(root).as_posix() for each in markdown_files(root)]
        message = f"There is no `{path}`."
        return [Problem(COURSE, line, message, nearest(folder, there, "lesson folders"))]
    text, problems = read_text(target, path)
    if text is not None:
        sources[path] = parse_source(text, path, folder)
        problems += sources[path].problems
    return problems


def markdown_files(root: Path) -> list[Path]:
    """The lessons of a folder, else its markdown files; hidden folders are passed over."""
    depths = ("", "*/", "*/*/")
    for name in (LESSON, "*.md"):
        found = sorted(
            path
            for depth in depths
            for path in root.glob(f"{depth}{name}")
            if path.is_file()
            and path.resolve().is_relative_to(root.resolve())
            and not any(part.startswith(".") for part in path.relative_to(root).parts)
        )
        if found:
            return found
    return []


def _loose(root: Path, files: list[Path], name: str) -> Reading:
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    lessons: list[Lesson] = []
    for file in files:
        path = visible(file.relative_to(root).as_posix())
        text, found = read_text(file, path)
        problems += found
        if text is None:
            continue
        if _is_lesson(text):
            folder = PurePosixPath(path).parent.as_posix()
            source = sources[path] = parse_source(text, path, folder)
            problems += source.problems
            lessons += [source.lesson] if source.lesson else []
        else:
            plain = plain_lesson(text, path)
            name = _free(plain.id, {lesson.id for lesson in lessons})
            lessons.append(msgspec.structs.replace(plain, id=name))
    folders = tuple(dict.fromkeys(lesson.folder for lesson in lessons))
    title = visible(name)
    course = Course(
        id=slug(title),
        title=title,
        version="",
        language="",
        chapters=(Chapter(id=slug(title), title=title, day=1, lessons=folders),),
        lessons={lesson.id: lesson for lesson in lessons},
        root=str(root.resolve()),
    )
    return Reading(course, problems, sources)


def _free(name: str, taken: set[str]) -> str:
    """The name, numbered where it is taken: `a b.md` and `a-b.md` make the same id."""
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each not in taken)


def _is_lesson(text: str) -> bool:
    """Whether a file says that it is a lesson: front matter with a `format`."""
    if not text.startswith("---"):
        return False
    head = text.split("\n---", 1)[0]
    return any(line.startswith("format:") for line in head.splitlines())
