"""Predict, then watch: commit to an outcome, then see the run that decides it."""

import math

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.lesson import Predict
from tutor.session.bands import case_band
from tutor.ui.app import TutorApp
from tutor.ui.widgets.answers import ChoiceList, Offer
from tutor.ui.widgets.bars import points
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.prose import Prose
from tutor.ui.widgets.top_line import TopLine

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 32


class BetScreen(Screen[None]):
    """A bet before a run. It is made once; after it the run shows who was right."""

    app = getters.app(TutorApp)
    CSS_PATH = "bet.tcss"
    BINDINGS = [
        Binding("enter", "enter", "Commit", id="bet.commit", key_display="enter"),
        Binding("escape", "dismiss(None)", "Back", id="bet.back", key_display="esc"),
    ]

    def __init__(self, predict: Predict) -> None:
        super().__init__()
        self._predict = predict

    def compose(self) -> ComposeResult:
        """The question, the curves to choose from, and what came of it."""
        tutor = self.app.tutor
        said = tutor.predicting.committed(self._predict)
        yield TopLine("Predict", f"{points(self._predict.points)}, one try")
        with VerticalScroll(id="page", can_focus=False):
            yield Prose(tutor.markdown(self._predict.prompt), ascii=self.app.ascii_only)
            yield ChoiceList(self._offers(), chosen=() if said is None else (said,))
            yield Static(id="verdict", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Show an earlier bet as it was decided."""
        self.query_one(ChoiceList).focus()
        said = self.app.tutor.predicting.committed(self._predict)
        if said is not None:
            self._decide(said)

    def _offers(self) -> list[Offer]:
        tutor = self.app.tutor
        run = tutor.predicting.run(self._predict)
        series = self._predict.series or run.plot[0].series[0]
        bands = [case_band(tutor, run, each.case, series) for each in self._predict.choice]
        curves = [band.mid if band else [] for band in bands]
        return [
            Offer(tutor.plain(each.text or each.case), tutor.plain(each.why), each.correct, curve)
            for each, curve in zip(
                self._predict.choice, sparklines(curves, log=run.plot[0].y == "log"), strict=True
            )
        ]

    def action_enter(self) -> None:
        """Commit; after that, watch the run."""
        if self.app.tutor.predicting.committed(self._predict) is not None:
            self._watch()
            return
        answer = self.query_one(ChoiceList).answer
        if isinstance(answer, int):
            self._decide(answer)
        else:
            words = Content.styled("Choose a curve first: space, or its number.", "$warning")
            self.query_one("#verdict", Static).update(words)

    def _decide(self, choice: int) -> None:
        verdict = self.app.tutor.predicting.commit(self._predict, choice)
        self.query_one(ChoiceList).reveal()
        head = (
            Content.styled("✓ You saw it coming.", "bold $success")
            if verdict.passed
            else Content.styled("✗ It goes another way.", "bold $error")
        )
        way = Content.assemble(("\nenter ", "bold $accent"), ("see it happen", "$quiet"))
        self.query_one("#verdict", Static).update(head + way)

    def _watch(self) -> None:
        from tutor.ui.screens.lab import LabScreen

        run = self.app.tutor.predicting.run(self._predict)
        knobs = self.app.tutor.predicting.knobs(self._predict)
        self.app.switch_screen(LabScreen(run, knobs=knobs, locked=True))


def sparklines(curves: list[list[float | None]], *, log: bool, width: int = WIDTH) -> list[str]:
    """Curves as rows of bars on one common scale; `×` where a value is not finite.

    It starts at 0, or at the lowest value where more than half of it would be empty below that one.
    """
    values = [v for curve in curves for v in curve if v is not None and (v > 0 or not log)]
    if not values:
        return ["" for _ in curves]
    low, high = min(values), max(values)
    if log:
        low, high = math.log(low), math.log(high)
    else:
        low = low if low > high - low else min(0.0, low)
    span = high - low or 1.0

    def bar(value: float | None) -> str:
        if value is None:
            return "×"
        if log and value <= 0:
            return BARS[0]
        level = ((math.log(value) if log else value) - low) / span
        return BARS[min(len(BARS) - 1, int(level * len(BARS) + 1e-9))]

    rows = []
    for curve in curves:
        steps = min(width, len(curve))
        picked = [curve[round(i * (len(curve) - 1) / max(1, steps - 1))] for i in range(steps)]
        rows.append("".join(map(bar, picked)))
    return rows
