"""The network of a run: its layers, what they cost, and one sample on its way through them."""

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.bitmap import Drawing
from tutor.core.diagram import Diagram, costs, slopes
from tutor.core.network import Cost, amount, own_name, shape, whole
from tutor.core.text import visible
from tutor.session.live_run import LiveRun
from tutor.ui.app import TutorApp
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.layer_map import LayerMap
from tutor.ui.widgets.picture import PictureView
from tutor.ui.widgets.rows import RowsHead
from tutor.ui.widgets.top_line import TopLine

TICK_SECONDS = 0.5
PAGE = 10
WIDE, TALL = 110, 36
"""Columns, or else rows, from which on the tensor stands with the layers."""
NONE_YET = "The network is taken apart after the run's first step."
NONE_GIVEN = "This run shows no network: its `Start` names no model."
NONE_TOLD = "This run's record tells nothing of its network."


class NetworkScreen(Screen[None]):
    """The network of a run. Up and down walk through its layers, with the tensor that each makes."""

    app = getters.app(TutorApp)
    CSS_PATH = "network.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]
    BINDINGS = [
        Binding("up,k", "choose(-1)", "Layer", id="network.up", key_display="↑↓"),
        Binding("down,j", "choose(1)", "Next layer", id="network.down", show=False),
        Binding("pageup", f"choose(-{PAGE})", "Ten up", id="network.page-up", show=False),
        Binding("pagedown", f"choose({PAGE})", "Ten down", id="network.page-down", show=False),
        Binding("home", "choose(-100000)", "First layer", id="network.first", show=False),
        Binding("end", "choose(100000)", "Last layer", id="network.last", show=False),
        Binding("enter", "picture", "Tensor", id="network.picture", key_display="enter"),
        Binding("g", "gradients", "Gradient", id="network.gradients", tooltip="Gradient or costs"),
        Binding(
            "w", "walk", "Walk", id="network.walk", tooltip="The sample through it as it is now"
        ),
        Binding("space", "pause", "Pause", id="network.pause", show=False),
        Binding("full_stop", "one_step", "Step", id="network.step", key_display="."),
        Binding("escape", "dismiss(None)", "Back", id="network.back", key_display="esc"),
    ]

    def __init__(self, live: LiveRun) -> None:
        super().__init__()
        self._live = live
        self._gradients = False
        self._asked = False
        self._drawn: list[object] = []
        self._phase = ""
        self._costs: list[Cost] = []
        self._said: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        """Layers at the left, the tensor of the chosen one at the right; or a sentence."""
        yield TopLine(f"Network · {self._live.exercise.title}")
        yield Static(id="words", markup=False)
        with Horizontal(id="desk"):
            with Vertical(id="layers"):
                yield RowsHead()
                yield LayerMap()
            with Vertical(id="side"):
                yield Static(id="layer", markup=False)
                yield PictureView(glyphs=self.app.glyphs)
        yield Static(id="state", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Look at the run now and twice a second."""
        self.set_interval(TICK_SECONDS, self._tick)
        self._tick()

    # --- drawing ----------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Draw what is new; where nothing is, nothing is sent."""
        live = self._live
        known = live.anatomy is not None
        self.query_one("#desk").display = known
        self.query_one("#words").display = not known
        if not known:
            self._say("#words", Content(self._why_not()))
        elif not self._asked and live.running:
            # A walk is shown from the first moment on.
            self._asked = True
            self.action_walk()
        if known:
            self._draw()
        self._say("#state", Content(self._state()))
        if live.phase != self._phase:
            self._phase = live.phase
            self.refresh_bindings()

    def _say(self, where: str, words: Content) -> None:
        """Change a text; the same one again sends nothing."""
        if self._said.get(where) != words:
            self._said[where] = words
            self.query_one(where, Static).update(words, layout=False)

    def _why_not(self) -> str:
        live = self._live
        if live.started is not None and live.started.parameters is None:
            return NONE_GIVEN
        return NONE_YET if live.running else NONE_TOLD

    def _draw(self) -> None:
        """The layers, where they or their gradients changed, and the tensor, where it did."""
        live = self._live
        assert live.anatomy is not None, "asked before"
        # By identity: a new event is another object, and to compare large ones costs more.
        now: list[object] = [live.anatomy, self._gradients and live.gradients, self._gradients]
        if [*map(id, now)] != [*map(id, self._drawn)]:
            self._drawn = now
            totals = live.anatomy
            self._costs = whole(totals.layers)
            right = f"{amount(totals.parameters)} parameters"
            if totals.samples == 1:
                right += f" · {amount(totals.flops)} FLOPs a sample"
            self.query_one(TopLine).put(right=right)
            self.query_one(LayerMap).show(self._diagram)
        self._show_tensor()

    def _diagram(self, width: int) -> Diagram:
        live = self._live
        assert live.anatomy is not None, "asked before"
        if self._gradients:
            return slopes(live.anatomy, live.gradients, width, self.app.glyphs)
        return costs(live.anatomy, width, self.app.glyphs)

    @on(LayerMap.Chosen)
    def _show_tensor(self) -> None:
        """What the chosen layer makes of the sample."""
        live, row = self._live, self.query_one(LayerMap).chosen - 1
        if live.anatomy is None:
            return
        self._say("#layer", self._about(row))
        raw = live.tensor(row)
        if raw is not None:
            self.query_one(PictureView).show(Drawing.from_json(raw))
            return
        words = "This layer makes no tensor." if live.walked else "No sample has walked through it."
        self.query_one(PictureView).show(Drawing(role="text", caption=words))

    def _about(self, row: int) -> Content:
        """A layer in two lines."""
        anatomy = self._live.anatomy
        assert anatomy is not None, "asked before"
        layers = anatomy.layers
        if row < 0:
            given = shape(layers[0].given, anatomy.samples) if layers else "–"
            return Content.assemble(("The sample that goes in\n", "bold"), (given, "$quiet"))
        layer, cost = layers[row], self._costs[row]
        ways = f"{shape(layer.given, anatomy.samples)} → {shape(layer.made, anatomy.samples)}"
        name = visible(layer.name or own_name(layers, row))
        figures = f"{cost.parameters:,} parameters · {amount(cost.flops)} FLOPs"
        head = Content.assemble((name, "bold"), f" {visible(layer.kind)}  ", (ways, "$accent"))
        return Content.assemble(head, "\n", (figures, "$quiet"))

    def _state(self) -> str:
        """Where the run stands, and of when the picture is."""
        live = self._live
        total = f"/{live.total_steps}" if live.total_steps else ""
        parts = [f"{live.phase}, step {live.step}{total}"]
        if live.walked is not None:
            parts.append(f"tensors of step {live.walked.step}")
        if self._gradients and live.gradients is not None:
            parts.append(f"gradient of step {live.gradients.step}")
        if live.anatomy is not None and live.anatomy.left_out:
            parts.append(f"{live.anatomy.left_out} more calls not shown")
        return " · ".join(parts)

    # --- keys -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now stands in the footer."""
        if action in ("pause", "one_step"):
            return self._live.running
        if action in ("choose", "gradients", "picture", "walk") and self._live.anatomy is None:
            return False
        if action == "picture":
            return self.has_class("-small") and not self.has_class("-tall")
        return self._live.running or action != "walk"

    def on_resize(self) -> None:
        """What can be done depends on the room."""
        self.refresh_bindings()

    def action_choose(self, by: int) -> None:
        """Another layer."""
        layers = self.query_one(LayerMap)
        layers.choose(layers.chosen + by)

    def action_picture(self) -> None:
        """The tensor in place of the layers, and back; up and down go on walking."""
        self.toggle_class("picture")

    def action_gradients(self) -> None:
        """The gradient along the depth in place of the costs, and back."""
        self._gradients = not self._gradients
        self._tick()

    def action_walk(self) -> None:
        """Send the sample through the network as it stands now."""
        self._live.walk()

    def action_pause(self) -> None:
        """Pause, or go on."""
        if self._live.phase == "paused":
            self._live.resume()
        else:
            self._live.pause()

    def action_one_step(self) -> None:
        """One optimiser step, and the sample through what it made of the network."""
        self._live.one_step()
