"""The course as a list: where to go on, then every lesson with what one has of it."""

from textual import getters
from textual.content import Content
from textual.widgets.option_list import Option

from tutor.core.course import Chapter
from tutor.core.lesson import Lesson
from tutor.core.sitting import ChapterStanding, percent
from tutor.session.sittings import chapter_test
from tutor.ui.app import TutorApp
from tutor.ui.widgets.bars import done_mark, mark, number, score_bar
from tutor.ui.widgets.chooser import Chooser

TEST = "test:"
"""Before the id of a chapter: the option that leads to its test. No lesson's id has a colon."""


class CourseMap(Chooser):
    """A line a lesson, then the test, chapter by chapter; the first, `go`, leads to where one was."""

    app = getters.app(TutorApp)

    def draw(self) -> None:
        """Write the map anew, keeping the learner's place in it."""
        kept = self.highlighted or 0
        self.clear_options()
        self.add_option(Option(self._go_on(), id="go"))
        for chapter in self.app.tutor.course.chapters:
            self.add_option(Option(self._chapter(chapter), disabled=True))
            for lesson in self.app.tutor.course.lessons_of(chapter):
                self.add_option(Option(self._lesson(lesson), id=lesson.id))
            test = chapter_test(self.app.tutor, chapter)
            if test is not None:
                self.add_option(Option(self._test(test), id=f"{TEST}{chapter.id}"))
        self.highlighted = min(kept, self.option_count - 1)

    def _go_on(self) -> Content:
        tutor = self.app.tutor
        place = tutor.resume()
        verb = "Go on" if tutor.progress.last_lesson else "Begin"
        body = place.lesson.blocks[place.block].body if place.lesson.blocks else None
        where = tutor.title(body) if body is not None and place.block else ""
        line = Content.assemble(
            (f"{verb}  ", "bold $accent"),
            (place.lesson.title, "bold"),
            (f"  at “{where}”" if where and where != place.lesson.title else "", "$quiet"),
        )
        return line.truncate(self.line_width, ellipsis=True)

    def _chapter(self, chapter: Chapter) -> Content:
        left = sum(
            self.app.tutor.standing(each).minutes_left
            for each in self.app.tutor.course.lessons_of(chapter)
        )
        days = {each.day for each in self.app.tutor.course.chapters}
        day = f"Day {chapter.day} · " if len(days) > 1 or chapter.day else ""
        tail = Content.styled(f"{_duration(left)} left" if left else "done", "$quiet")
        head = Content.styled(f"{day}{chapter.title}", "bold $secondary")
        return Content("\n") + _spread(head, tail, self.line_width)

    def _lesson(self, lesson: Lesson) -> Content:
        standing = self.app.tutor.standing(lesson)
        points = f"{number(standing.points)}/{number(standing.maximum)}"
        wide = self.line_width >= 60
        tail = Content.assemble(
            (f"{lesson.minutes} min  ", "$quiet"),
            score_bar(standing.points, standing.maximum, 10 if wide else 5),
            (f" {points:>7}", "$quiet"),
        )
        head = Content.assemble("  ", mark(standing), " ", lesson.title)
        return _spread(head, tail, self.line_width)

    def _test(self, test: ChapterStanding) -> Content:
        best = test.best or 0.0
        wide = self.line_width >= 60
        share = "" if test.best is None else percent(best)
        tail = Content.assemble(
            (f"{test.questions} questions  " if wide else "", "$quiet"),
            score_bar(best, 1.0, 10 if wide else 5),
            (f" {share:>7}", "$quiet"),
        )
        head = Content.assemble("  ", done_mark(test.passed, bool(test.attempts)), " Chapter test")
        return _spread(head, tail, self.line_width)


def _spread(head: Content, tail: Content, width: int) -> Content:
    room = max(4, width - tail.cell_length - 1)
    head = head.truncate(room, ellipsis=True)
    return Content.assemble(head, " " * max(1, width - head.cell_length - tail.cell_length), tail)


def _duration(minutes: float) -> str:
    whole = round(minutes)
    return f"{whole // 60} h {whole % 60:02d}" if whole >= 60 else f"{whole} min"
