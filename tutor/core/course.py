"""Course > Chapter > lessons: `course.toml` as values, and the lessons that it lists."""

from typing import Annotated

from msgspec import Meta, Struct, field

from tutor.core.glossary import Term
from tutor.core.lesson import Body, Id, Lesson


class ChapterTest(Struct, frozen=True, forbid_unknown_fields=True, rename={"passing": "pass"}):
    """A test at the end of a chapter, drawn anew for each attempt; it changes no lesson's points."""

    draw: Annotated[
        int, Meta(gt=0, description="How many questions; all of them where there are fewer.")
    ] = 10
    passing: Annotated[float, Meta(gt=0, le=1, description="Share of the points that passes.")] = (
        0.7
    )


class Chapter(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A chapter of `course.toml`."""

    id: Id
    title: Annotated[str, Meta(description="As it stands in the map.")]
    day: Annotated[int, Meta(description="Day of the course, from 1.")]
    lessons: Annotated[tuple[str, ...], Meta(description="Folders of the lessons, in order.")]
    test: ChapterTest | None = None


class CourseFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`course.toml` as it stands in the file."""

    id: Id
    title: Annotated[str, Meta(description="As it stands on Home.")]
    version: Annotated[str, Meta(description="Of the content; told in reports.")]
    language: Annotated[str, Meta(description="Code of the language it is written in.")] = "en"
    chapter: tuple[Chapter, ...]
    retired: Annotated[
        tuple[str, ...], Meta(description="Ids that were once used and never may be again.")
    ] = ()


class Course(Struct, frozen=True):
    """A whole course, parsed."""

    id: str
    title: str
    version: str
    language: str
    chapters: tuple[Chapter, ...]
    lessons: dict[str, Lesson] = field(default_factory=dict)
    """By id, in the order of the chapters."""
    root: str = ""
    """The course's folder."""
    glossary: tuple[Term, ...] = ()

    def lessons_of(self, chapter: Chapter) -> list[Lesson]:
        """The lessons of a chapter, in their order."""
        return [each for each in self.lessons.values() if each.folder in chapter.lessons]

    def find(self, block_id: str) -> tuple[Lesson, Body] | None:
        """The directive of that id with its lesson, or None."""
        for lesson in self.lessons.values():
            body = lesson.find(block_id)
            if body is not None:
                return lesson, body
        return None
