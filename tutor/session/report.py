"""What a learner has done, as rows for screens, tables and JSON."""

from msgspec import Struct

from tutor.session.library import chapter_of
from tutor.session.tutor import Tutor


class LessonRow(Struct, frozen=True):
    """One lesson of the course and what the learner has of it."""

    lesson: str
    title: str
    chapter: str
    minutes: int
    minutes_left: float
    points: float
    """Best points over all graded blocks."""
    first: float
    """Points of the first attempts alone."""
    maximum: float
    needed: float
    """Points that pass the lesson."""
    passed: bool
    begun: bool
    done: int
    blocks: int


def progress_table(tutor: Tutor) -> list[LessonRow]:
    """A row a lesson, in the course's order."""
    rows = []
    for lesson in tutor.course.lessons.values():
        standing = tutor.standing(lesson)
        chapter = chapter_of(tutor.course, lesson)
        records = [tutor.progress.blocks.get(block.id) for block in lesson.blocks if block.id]
        rows.append(
            LessonRow(
                lesson=lesson.id,
                title=lesson.title,
                chapter=chapter.title if chapter else "",
                minutes=lesson.minutes,
                minutes_left=standing.minutes_left,
                points=standing.points,
                first=sum(record.first or 0.0 for record in records if record),
                maximum=standing.maximum,
                needed=standing.needed,
                passed=standing.passed,
                begun=lesson.id in tutor.progress.places,
                done=standing.done_blocks,
                blocks=standing.total_blocks,
            )
        )
    return rows
