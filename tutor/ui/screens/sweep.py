"""Choosing a sweep: which knobs, at which values, how many runs of each."""

from collections.abc import Mapping

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.errors import TutorError
from tutor.core.lesson import Run, Scalar
from tutor.core.sweep import Past, announced, base, seconds_each
from tutor.session.sweep import Sweep
from tutor.ui.app import TutorApp
from tutor.ui.widgets.device_line import DeviceLine
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.sweep_choice import SweepChoice

WHAT = (
    "One run for each value, side by side, in the same axes. Choose a knob with space; type values "
    "(0.01, 0.1) or a range and how many (1e-4:1:7). Nothing of it is graded."
)


class SweepScreen(Screen[None]):
    """A sweep trains one run for each of several values of a knob. Enter begins it."""

    app = getters.app(TutorApp)
    CSS_PATH = "sweep.tcss"
    BINDINGS = [
        Binding("enter", "begin", "Sweep", id="sweep.begin", key_display="enter"),
        Binding("r", "last", "Last sweep", id="sweep.last", tooltip="As it ended, or to go on"),
        Binding("escape", "dismiss(None)", "Back", id="sweep.back", key_display="esc"),
    ]

    def __init__(self, run: Run, given: Mapping[str, Scalar]) -> None:
        """The sweep of an exercise.

        Args:
            run: The exercise.
            given: Where its knobs stand; those that were not turned stand as in recorded runs.
        """
        super().__init__()
        self._run = run
        turned = {
            name: value
            for name, value in given.items()
            if name in run.knobs and value != run.knobs[name].default
        }
        self._base = {**base(run), **turned}
        self._past: list[Past] | None = None

    def compose(self) -> ComposeResult:
        """What a sweep is, the choice, and what it will take."""
        yield DeviceLine(f"Sweep · {self._run.title}", self._run)
        with VerticalScroll(id="page", can_focus=False):
            yield Static(WHAT, id="what", markup=False)
            yield SweepChoice(self._run, self._base)
        yield Static(id="state", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Say what it will take, once it is known what such runs took."""
        self.query_one(SweepChoice).focus()
        self._announce()
        self._look_back()
        self._fit()

    @work(thread=True, exclusive=True, group="past", exit_on_error=False)
    def _look_back(self) -> None:
        # There may be hundreds of runs to look at.
        past = self.app.tutor.sweeping.past(self._run)
        self.app.call_from_thread(self._looked, past)

    def _looked(self, past: list[Past]) -> None:
        self._past = past
        self._announce()

    @work(exclusive=True, group="fit", exit_on_error=False)
    async def _fit(self) -> None:
        """Propose as many at a time as fit here."""
        choice = self.query_one(SweepChoice)
        try:
            choice.at_a_time = await self.app.tutor.sweeping.at_a_time(
                self._run, self.app.options.device
            )
        except TutorError as error:
            self.app.complain(error)
        choice.refresh()
        self._announce()

    @on(SweepChoice.Changed)
    def _announce(self) -> None:
        """What it will take, in words."""
        choice = self.query_one(SweepChoice)
        try:
            plan = choice.plan()
        except TutorError as error:
            words = Content.styled(str(error), "$warning")
        else:
            each = seconds_each(self._past or [], plan)
            runs = len(plan.trials)
            words = Content(f"{announced(runs, choice.at_a_time, each, self._run.limit.seconds)}.")
        self.query_one("#state", Static).update(words, layout=False)

    @on(SweepChoice.Complaint)
    def _complain(self, event: SweepChoice.Complaint) -> None:
        self.app.complain(event.error)

    # --- keys ---------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The last sweep only where there is one."""
        return bool(self.app.tutor.sweeping.kept(self._run)) if action == "last" else True

    @work(exclusive=True, group="begin", exit_on_error=False)
    async def action_begin(self) -> None:
        """Begin what is chosen."""
        choice = self.query_one(SweepChoice)
        if not choice.commit():
            return
        try:
            begun = await self.app.tutor.sweeping.begin(
                choice.plan(), device=self.app.options.device, at_a_time=choice.at_a_time
            )
        except TutorError as error:
            self.app.complain(error)
            return
        self._watch(begun, go=True)

    def action_last(self) -> None:
        """The newest sweep of this exercise, as it stands."""
        kept = self.app.tutor.sweeping.kept(self._run)
        try:
            found = self.app.tutor.sweeping.resume(kept[0].id)
        except TutorError as error:
            self.app.complain(error)
        else:
            self._watch(found, go=False)

    def _watch(self, found: Sweep, *, go: bool) -> None:
        from tutor.ui.screens.sweep_runs import SweepRunsScreen

        self.app.switch_screen(SweepRunsScreen(found, go=go))
