"""The screen that a directive opens into."""

from textual.screen import Screen

from tutor.core.lesson import Body, Code, Lab, Lesson, Predict, Quiz, Reflect, Run


def door(lesson: Lesson, body: Body) -> Screen[None] | None:
    """The screen of a directive; None where there is none for it."""
    # Each screen is imported when it is first opened: Home does not wait for any of them.
    if isinstance(body, Run):
        from tutor.ui.screens.lab import LabScreen

        return LabScreen(body)
    if isinstance(body, Code):
        from tutor.ui.screens.code import CodeScreen

        return CodeScreen(body)
    if isinstance(body, Predict):
        if body.mode == "sketch":
            from tutor.ui.screens.sketch import SketchScreen

            return SketchScreen(body)
        from tutor.ui.screens.bet import BetScreen

        return BetScreen(body)
    if isinstance(body, Lab):
        from tutor.ui.screens.instrument import InstrumentScreen

        return InstrumentScreen(body)
    if isinstance(body, Reflect):
        from tutor.ui.screens.notebook import NotebookScreen

        return NotebookScreen(body)
    if isinstance(body, Quiz):
        from tutor.ui.screens.quiz import QuizScreen

        return QuizScreen(lesson, body)
    return None
