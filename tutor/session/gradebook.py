"""A class's reports as one table."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.core.transcript import LessonScore, Transcript
from tutor.session.transcripts import Examined, State, examine
from tutor.session.tutor import Tutor


class GradeRow(Struct, frozen=True):
    """One report of the class."""

    file: str
    learner: str
    state: State
    made: float
    points: float
    maximum: float
    lessons: dict[str, float]
    """Best points by lesson id."""
    passed: int
    """Lessons passed."""
    signed_by: str
    feedback: str


class Gradebook(Struct, frozen=True):
    """The class."""

    course: str
    titles: dict[str, str]
    maxima: dict[str, float]
    """Points that each lesson is worth."""
    rows: list[GradeRow]


def gradebook(folder: Path, tutor: Tutor, allowed: Path | None = None) -> Gradebook:
    """Every report of a folder; only good ones have points.

    Raises:
        TutorError: If there is no report.
    """
    files = sorted(path for path in folder.glob("*.json") if path.is_file())
    if not files:
        raise TutorError(
            f"There is no report in {visible(str(folder))}.",
            "A report is what `dlwalk-tutor report --format json` writes.",
        )
    examined = _without_duplicates([examine(file, tutor, allowed) for file in files])
    good = [each.report for each in examined if each.report and each.state == "good"]
    titles: dict[str, str] = {}
    maxima: dict[str, float] = {}
    for report in good:
        for score in report.lessons:
            titles.setdefault(score.lesson, visible(score.title))
            maxima[score.lesson] = max(score.maximum, maxima.get(score.lesson, 0.0))
    rows = [_row(each) for each in examined]
    rows.sort(key=lambda row: (row.learner.casefold(), row.file))
    return Gradebook(tutor.course.title, titles, maxima, rows)


def _without_duplicates(examined: list[Examined]) -> list[Examined]:
    """The newest good report of a learner counts; the same work under two names counts for none."""
    newest: dict[str, Examined] = {}
    owners: dict[str, set[str]] = {}
    for each in examined:
        if each.report is None or each.state != "good":
            continue
        name = _name(each.report)
        if name not in newest or each.report.head.made > _made(newest[name]):
            newest[name] = each
        for print_ in _prints(each.report):
            owners.setdefault(print_, set()).add(name)
    result = []
    for each in examined:
        if each.report is None or each.state != "good":
            result.append(each)
            continue
        name = _name(each.report)
        others = {who for print_ in _prints(each.report) for who in owners[print_]} - {name}
        if others:
            words = f"It holds the same work as the report of {visible(', '.join(sorted(others)))}."
            result.append(_duplicate(each, words))
        elif newest[name] is not each:
            result.append(
                _duplicate(each, f"A newer report of this learner is {newest[name].file}.")
            )
        else:
            result.append(each)
    return result


def _duplicate(each: Examined, words: str) -> Examined:
    return Examined(each.file, "duplicate", each.report, (*each.problems, words), each.signed_by)


def _made(each: Examined) -> float:
    assert each.report is not None, "only good reports are compared"
    return each.report.head.made


def _name(report: Transcript) -> str:
    return report.head.learner.strip().casefold() or f"(no name, {report.seal[:8]})"


def _prints(report: Transcript) -> set[str]:
    """What no two learners can have in common: ids of runs and checks."""
    return {run for line in report.lines if (run := getattr(line.fact, "run", ""))}


def _row(each: Examined) -> GradeRow:
    report = each.report
    good = each.state == "good"
    scores = report.lessons if report and good else ()
    return GradeRow(
        file=each.file,
        learner=visible(report.head.learner) if report else "",
        state=each.state,
        made=report.head.made if report else 0.0,
        points=sum(score.points for score in scores),
        maximum=sum(score.maximum for score in scores),
        lessons={score.lesson: score.points for score in scores},
        passed=sum(score.passed for score in scores),
        signed_by=each.signed_by,
        feedback=" ".join(each.problems) or _feedback(scores),
    )


def _feedback(scores: Iterable[LessonScore]) -> str:
    left = [score.title for score in scores if not score.passed]
    return f"Not passed yet: {visible(', '.join(left))}." if left else "Every lesson is passed."


# --- tables ---------------------------------------------------------------------------------------


def plain_csv(book: Gradebook) -> str:
    """A row a report, a column a lesson."""
    head = ["Learner", "State", "Points", "Maximum", *book.titles, "Signed by", "Feedback", "File"]
    rows = [
        [
            row.learner,
            row.state,
            _figure(row.points),
            _figure(row.maximum),
            *(_figure(row.lessons.get(lesson, 0.0)) for lesson in book.titles),
            row.signed_by,
            row.feedback,
            row.file,
        ]
        for row in book.rows
    ]
    return _csv([head, *rows])


def moodle_csv(book: Gradebook) -> str:
    """What Moodle's grade import maps by name: who, one grade out of 100, feedback."""
    head = ["Full name", f"Assignment: {book.course} (Percentage)", "Feedback comments"]
    whole = sum(book.maxima.values()) or 1.0
    rows = [
        [row.learner, f"{100 * row.points / whole:.2f}", row.feedback]
        for row in book.rows
        if row.state == "good"
    ]
    return _csv([head, *rows])


def canvas_csv(book: Gradebook) -> str:
    """What Canvas imports: a student column, its id columns, an assignment a lesson."""
    identity = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    blank = [""] * (len(identity) - 1)
    head = [*identity, *(f"{title} ({lesson})" for lesson, title in book.titles.items())]
    worth = ["    Points Possible", *blank, *(_figure(book.maxima[each]) for each in book.titles)]
    rows = [
        [row.learner, *blank, *(_figure(row.lessons.get(lesson, 0.0)) for lesson in book.titles)]
        for row in book.rows
        if row.state == "good"
    ]
    return _csv([head, worth, *rows])


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        # A spreadsheet would run a cell that begins like a formula, and names come from learners.
        writer.writerow(
            [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in row]
        )
    return text.getvalue()
