"""Home: where you were, the map of the course, and what waits."""

import time

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import OptionList

from tutor.core.errors import TutorError
from tutor.core.protocol import Request
from tutor.session.recovering import BrokenOff
from tutor.session.sittings import find_chapter
from tutor.ui.app import TutorApp, open_test
from tutor.ui.screens.pick_run import Offer, Picked, PickRunScreen
from tutor.ui.widgets.course_map import TEST, CourseMap
from tutor.ui.widgets.device_line import DeviceLine
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.waits import Waits


class HomeScreen(Screen[None]):
    """The first screen. Enter always means: go on."""

    app = getters.app(TutorApp)
    CSS_PATH = "home.tcss"
    BINDINGS = [
        Binding("p", "app.go('Progress')", "Progress", id="home.progress"),
        Binding("r", "app.go('Runs')", "Runs", id="home.runs"),
        Binding("v", "app.go('Review')", "Review", id="home.review", show=False),
        Binding("w", "watch", "Watch run", id="home.watch"),
        Binding("g", "take_up", "Go on with a run that broke off", id="home.take-up", show=False),
        Binding("x", "forget", "Forget it", id="home.dismiss", show=False),
        Binding("d", "app.go('Device')", "Device", id="home.device"),
        Binding("slash", "app.search", "Search", id="home.search", key_display="/"),
        Binding("q", "app.quit_gently", "Quit", id="home.quit"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._training: list[Request] = []
        self._broken: list[BrokenOff] = []
        self._due = 0

    def compose(self) -> ComposeResult:
        """The top line, the map, and what waits."""
        yield DeviceLine(self.app.tutor.course.title)
        yield CourseMap(id="map", markup=False)
        yield Waits()
        yield KeyLine()

    def on_mount(self) -> None:
        """Draw once the width is known."""
        self.draw()

    def on_screen_resume(self) -> None:
        """Show what changed while another screen was in front."""
        self.app.tutor.refresh()
        self._training = self.app.tutor.training.still_training()
        self.draw()
        self._find_broken()
        # After the first paint: the scheduler takes a moment to be imported.
        self.call_after_refresh(self._count_due)
        self.query_one(CourseMap).focus()

    def on_resize(self) -> None:
        """Set the map for the new width."""
        self.draw()

    def draw(self) -> None:
        """Write the map and what waits anew."""
        self.query_one(CourseMap).draw()
        self._draw_waits()

    # --- what waits ------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="broken", exit_on_error=False)
    def _find_broken(self) -> None:
        # A record is read to its end to know where the run stood, and it may be long.
        found = self.app.tutor.recovering.broken_off()
        self.app.call_from_thread(self._offer, found)

    def _offer(self, broken: list[BrokenOff]) -> None:
        self._broken = broken
        self._draw_waits()

    def _count_due(self) -> None:
        due = len(self.app.tutor.reviewing.due())
        if due != self._due:
            self._due = due
            self._draw_waits()

    def _draw_waits(self) -> None:
        self.refresh_bindings()
        title = self._title(self._broken[0].request) if self._broken else ""
        self.query_one(Waits).show(len(self._training), self._broken, title, self._due)

    def _title(self, request: Request) -> str:
        found = self.app.tutor.course.find(request.exercise)
        return self.app.tutor.title(found[1]) if found else request.exercise

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing to watch or to take up, no key for it."""
        if action == "watch":
            return bool(self._training)
        return bool(self._broken) if action in ("take_up", "forget") else True

    # --- keys -------------------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        if event.option.id == "go":
            place = self.app.tutor.resume()
            self.app.open_lesson(place.lesson, place.block)
        elif event.option.id and event.option.id.startswith(TEST):
            name = event.option.id.removeprefix(TEST)
            open_test(self.app, find_chapter(self.app.tutor, name))
        elif event.option.id:
            self.app.open_lesson(self.app.tutor.lesson(event.option.id))

    @work(exclusive=True, group="runs", exit_on_error=False)
    async def action_watch(self) -> None:
        """Attach to the run that still trains; to one of them where there are several."""
        offers = [Offer(each.run, self._words(each), "watch it") for each in self._training]
        picked = await self._pick("These runs still train", offers, forgets=False)
        if picked is not None:
            self.app.watch_run(self.app.tutor.training.attach(picked.run))

    @work(exclusive=True, group="runs", exit_on_error=False)
    async def action_take_up(self) -> None:
        """Go on with the run that broke off, or run it again; choose where there are several."""
        offers = [
            Offer(
                each.request.run,
                f"{self._words(each.request)}, broke off at step {each.step}",
                f"go on from step {each.checkpoint}" if each.resumable else "run it again",
            )
            for each in self._broken
        ]
        picked = await self._pick("These runs broke off", offers, forgets=True)
        if picked is None:
            return
        recovering = self.app.tutor.recovering
        if picked.do == "dismiss":
            self._dismiss(picked.run)
            return
        resumable = {each.request.run: each.resumable for each in self._broken}
        try:
            await self.app.tutor.training.warm(self.query_one(Waits).waiting)
            begin = recovering.resume if resumable[picked.run] else recovering.again
            live = await begin(picked.run)
        except TutorError as error:
            self.app.complain(error)
            self._draw_waits()
        else:
            self.app.watch_run(live)

    def action_forget(self) -> None:
        """Offer the run that broke off no more; with several the list tells them apart."""
        if len(self._broken) > 1:
            self.action_take_up()
        else:
            self._dismiss(self._broken[0].request.run)

    def _dismiss(self, run: str) -> None:
        self.app.tutor.recovering.dismiss(run)
        self._offer([each for each in self._broken if each.request.run != run])

    async def _pick(self, title: str, offers: list[Offer], *, forgets: bool) -> Picked | None:
        """One run needs no list."""
        if len(offers) == 1:
            return Picked(offers[0].run, "take")
        return await self.app.push_screen_wait(PickRunScreen(title, offers, forgets=forgets))

    def _words(self, request: Request) -> str:
        began = time.strftime("%a %H:%M", time.localtime(request.created))
        return f"{self._title(request)}, begun {began}"
