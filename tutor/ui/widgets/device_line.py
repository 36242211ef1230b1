"""The top line of a screen from which runs are started: at its right, what they train on."""

from textual import getters, work

from tutor.core.lesson import Run
from tutor.ui.app import TutorApp
from tutor.ui.widgets.top_line import TopLine


class DeviceLine(TopLine):
    """Where one is at the left, the device at the right."""

    app = getters.app(TutorApp)

    def __init__(self, left: str, run: Run | None = None) -> None:
        """A line for a screen.

        Args:
            left: Where one is.
            run: The exercise, where there is one: it may say `cpu`.
        """
        super().__init__(left)
        self._run = run

    def on_mount(self) -> None:
        """Look at the machine without holding up the first paint."""
        self.show()
        if self.app.tutor.devices.last is None:
            self._look()

    def show(self) -> None:
        """Say what the next run trains on."""
        wish = self._run.device if self._run is not None else "auto"
        self.put(right=self.app.tutor.devices.words(self.app.options.device, wish))

    @work(thread=True, exclusive=True, group="devices", exit_on_error=False)
    def _look(self) -> None:
        self.app.tutor.devices.look()
        self.app.call_from_thread(self.show)
