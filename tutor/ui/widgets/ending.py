"""The line under a lesson: what comes after it."""

from textual.widgets import Static

from tutor.core.course import Chapter
from tutor.core.lesson import Lesson
from tutor.session.library import chapter_of, neighbour
from tutor.session.sittings import chapter_test
from tutor.session.tutor import Tutor


class Ending(Static):
    """Says where Enter goes at a lesson's end: to the chapter's test, or to the next lesson."""

    def __init__(self, tutor: Tutor, lesson: Lesson) -> None:
        super().__init__(markup=False)
        self._tutor, self._lesson = tutor, lesson

    @property
    def test(self) -> Chapter | None:
        """The chapter that ends here, where its test is still to be passed."""
        chapter = chapter_of(self._tutor.course, self._lesson)
        lessons = self._tutor.course.lessons_of(chapter) if chapter else []
        if chapter is None or not lessons or lessons[-1].id != self._lesson.id:
            return None
        found = chapter_test(self._tutor, chapter)
        return chapter if found is not None and not found.passed else None

    def on_mount(self) -> None:
        """Say it."""
        self.redraw()

    def redraw(self) -> None:
        """Say it anew: the test may have been passed meanwhile."""
        after, test = neighbour(self._tutor.course, self._lesson, 1), self.test
        lesson = f"Next: {after.title}" if after else "This was the last lesson."
        if test is not None:
            self.update(f"The chapter ends here. Next: its test  (enter)\n{lesson}  (])")
        else:
            self.update(f"{lesson}  (enter)" if after else lesson)
