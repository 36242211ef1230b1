"""Draw the curve you expect, then see the run draw its own over it."""

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.errors import TutorError
from tutor.core.lesson import Predict
from tutor.ui.app import TutorApp
from tutor.ui.widgets.bars import number, points
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.prose import Prose
from tutor.ui.widgets.sketch_pad import SketchPad
from tutor.ui.widgets.top_line import TopLine


class SketchScreen(Screen[None]):
    """A drawn bet before a run. It is made once."""

    app = getters.app(TutorApp)
    CSS_PATH = "sketch.tcss"
    BINDINGS = [
        Binding("enter", "enter", "Commit", id="sketch.commit", key_display="enter"),
        Binding("escape", "dismiss(None)", "Back", id="sketch.back", key_display="esc"),
    ]

    def __init__(self, predict: Predict) -> None:
        super().__init__()
        self._predict = predict

    def compose(self) -> ComposeResult:
        """The question, the axes, and what came of it."""
        tutor = self.app.tutor
        yield TopLine("Predict", f"{points(self._predict.points)}, one try")
        with Vertical(id="page"):
            yield Prose(tutor.markdown(self._predict.prompt), ascii=self.app.ascii_only)
            yield Static(id="verdict", markup=False)
            try:
                axes = tutor.predicting.axes(self._predict)
            except TutorError as error:
                yield Static(str(error), markup=False)
            else:
                yield Static(
                    Content.styled(f"{self._predict.series}, {_scale(axes.y.log)}", "$quiet")
                )
                yield SketchPad(axes, tutor.predicting.drawn(self._predict), self.app.glyphs)
        yield KeyLine()

    def on_mount(self) -> None:
        """Show an earlier sketch as it was judged."""
        if not self.query(SketchPad):
            return
        self.query_one(SketchPad).focus()
        if self.app.tutor.predicting.drawn(self._predict):
            self._decide()
        else:
            words = "Five anchors: left and right choose one, up and down move it."
            self._say(Content.styled(words, "$quiet"))

    def _say(self, words: Content) -> None:
        self.query_one("#verdict", Static).update(words)

    def action_enter(self) -> None:
        """Commit; after that, watch the run."""
        if not self.query(SketchPad):
            return
        if self.app.tutor.predicting.drawn(self._predict):
            self._watch()
        else:
            self._decide()

    def _decide(self) -> None:
        tutor = self.app.tutor
        pad = self.query_one(SketchPad)
        verdict = tutor.predicting.commit_sketch(self._predict, pad.places)
        pad.reveal(tutor.predicting.truth(self._predict))
        head = (
            Content.styled("✓ You saw it coming.", "bold $success")
            if verdict.passed
            else Content.styled("✗ It goes another way.", "bold $error")
        )
        self._say(
            Content.assemble(
                head,
                f" {verdict.why[0]} ",
                (f"{number(verdict.points)} of {points(verdict.maximum)}", "$quiet"),
                ("  enter ", "bold $accent"),
                ("see it happen", "$quiet"),
            )
        )

    def _watch(self) -> None:
        from tutor.ui.screens.lab import LabScreen

        run = self.app.tutor.predicting.run(self._predict)
        knobs = self.app.tutor.predicting.knobs(self._predict)
        self.app.switch_screen(LabScreen(run, knobs=knobs, locked=True))


def _scale(log: bool) -> str:
    return "on a logarithmic scale" if log else "on a linear scale"
