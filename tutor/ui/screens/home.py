"""Home: where you were, the map of the course, and what waits."""

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from tutor.core.lesson import Chapter, Lesson
from tutor.ui.app import TutorApp, open_devices
from tutor.ui.widgets.bars import mark, number, score_bar
from tutor.ui.widgets.chooser import Chooser
from tutor.ui.widgets.device_line import DeviceLine


class HomeScreen(Screen[None]):
    """The first screen. Enter always means: go on."""

    app = getters.app(TutorApp)
    CSS_PATH = "home.tcss"
    BINDINGS = [
        Binding("p", "app.progress", "Progress", id="home.progress"),
        Binding("w", "watch", "Watch run", id="home.watch"),
        Binding("q", "app.quit_gently", "Quit", id="home.quit"),
        Binding("d", "devices", "Device", id="home.device"),
        Binding("slash", "app.search", "Search", id="home.search", key_display="/"),
    ]

    _some_train = False

    def compose(self) -> ComposeResult:
        """The top line, the map, and what waits."""
        yield DeviceLine(self.app.tutor.course.title)
        yield Chooser(id="map", markup=False)
        yield Static(id="waits", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Draw once the width is known."""
        self.draw()

    def on_screen_resume(self) -> None:
        """Show what changed while another screen was in front."""
        self.app.tutor.refresh()
        self.draw()
        self.query_one("#map", Chooser).focus()

    def on_resize(self) -> None:
        """Set the map for the new width."""
        self.draw()

    def draw(self) -> None:
        """Write the map anew, keeping the learner's place in it."""
        chooser = self.query_one("#map", Chooser)
        kept = chooser.highlighted or 0
        width = chooser.line_width
        chooser.clear_options()
        chooser.add_option(Option(self._go_on(width), id="go"))
        for chapter in self.app.tutor.course.chapters:
            chooser.add_option(Option(self._chapter(chapter, width), disabled=True))
            for lesson in self._lessons(chapter):
                chooser.add_option(Option(self._lesson(lesson, width), id=lesson.id))
        chooser.highlighted = min(kept, chooser.option_count - 1)
        self._draw_waits()

    # --- lines ----------------------------------------------------------------------------------

    def _go_on(self, width: int) -> Content:
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
        return line.truncate(width, ellipsis=True)

    def _chapter(self, chapter: Chapter, width: int) -> Content:
        left = sum(self.app.tutor.standing(each).minutes_left for each in self._lessons(chapter))
        days = {each.day for each in self.app.tutor.course.chapters}
        day = f"Day {chapter.day} · " if len(days) > 1 or chapter.day else ""
        tail = Content.styled(f"{_duration(left)} left" if left else "done", "$quiet")
        head = Content.styled(f"{day}{chapter.title}", "bold $secondary")
        return Content("\n") + _spread(head, tail, width)

    def _lesson(self, lesson: Lesson, width: int) -> Content:
        standing = self.app.tutor.standing(lesson)
        points = f"{number(standing.points)}/{number(standing.maximum)}"
        wide = width >= 60
        tail = Content.assemble(
            (f"{lesson.minutes} min  ", "$quiet"),
            score_bar(standing.points, standing.maximum, 10 if wide else 5),
            (f" {points:>7}", "$quiet"),
        )
        head = Content.assemble("  ", mark(standing), " ", lesson.title)
        return _spread(head, tail, width)

    def _lessons(self, chapter: Chapter) -> list[Lesson]:
        by_folder = {each.folder: each for each in self.app.tutor.course.lessons.values()}
        return [by_folder[folder] for folder in chapter.lessons if folder in by_folder]

    # --- what waits ------------------------------------------------------------------------------

    def _draw_waits(self) -> None:
        running = self.app.tutor.training.still_training()
        self._some_train = bool(running)
        self.refresh_bindings()
        if running:
            verb = "1 run is" if len(running) == 1 else f"{len(running)} runs are"
            text = Content.assemble(
                ("● ", "$success"), f"{verb} still training. Press ", ("w", "bold"), " to watch."
            )
        else:
            text = Content.styled("Nothing is training.", "$quiet")
        self.query_one("#waits", Static).update(text, layout=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing to watch, no key for it."""
        return self._some_train if action == "watch" else True

    # --- keys -------------------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        if event.option.id == "go":
            place = self.app.tutor.resume()
            self.app.open_lesson(place.lesson, place.block)
        elif event.option.id:
            self.app.open_lesson(self.app.tutor.lesson(event.option.id))

    def action_devices(self) -> None:
        """Choose what runs train on."""
        open_devices(self.app)

    def action_watch(self) -> None:
        """Attach to the newest run that still trains."""
        running = self.app.tutor.training.still_training()
        if running:
            self.app.watch_run(self.app.tutor.training.attach(running[0].run))
        else:
            self.app.say("Nothing is training now.")


def _spread(head: Content, tail: Content, width: int) -> Content:
    room = max(4, width - tail.cell_length - 1)
    head = head.truncate(room, ellipsis=True)
    return Content.assemble(head, " " * max(1, width - head.cell_length - tail.cell_length), tail)


def _duration(minutes: float) -> str:
    whole = round(minutes)
    return f"{whole // 60} h {whole % 60:02d}" if whole >= 60 else f"{whole} min"
