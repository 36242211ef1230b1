"""The line under a run: its stage, its steps, its pace, the time left; and its grade in words."""

from textual.content import Content
from textual.widgets import Static

from tutor.core.axes import short
from tutor.session.live_run import LiveRun
from tutor.ui.widgets.bars import earned, score_bar


class RunStatus(Static):
    """One line of fixed height; every second of waiting is named."""

    def __init__(self) -> None:
        super().__init__(markup=False)

    def on_mount(self) -> None:
        """Say what comes next."""
        self.ready()

    def ready(self) -> None:
        """Nothing runs."""
        self._put(Content.styled("Turn the knobs, then press enter to train.", "$quiet"))

    def waiting(self, stage: str, seconds: float) -> None:
        """Something takes its time: say what, and since when."""
        clock = f", {seconds:.0f} s" if seconds >= 1 else ""
        self._put(Content.styled(f"{stage}{clock} ...", "$quiet"))

    def show(self, live: LiveRun) -> None:
        """Progress of a run."""
        if live.phase == "starting":
            self.waiting(live.stage, live.elapsed)
            return
        parts = [_steps(live), *_pace(live)]
        state = "paused · " if live.phase == "paused" else ""
        width = 16 if self.size.width >= 90 else 8
        if self.size.width >= 100:
            parts += _vitals(live)
        bar = score_bar(live.step, live.total_steps or max(1, live.step), width)
        self._put(Content.assemble(bar, "  ", (state, "$warning"), " · ".join(parts)))

    def ended(self, live: LiveRun) -> None:
        """How a run ended."""
        if live.problem is not None:
            words = Content.styled(live.problem.title, "$error")
        else:
            reason = {
                "done": "done",
                "steps": "done, at its step limit",
                "time": "ended at its time limit",
                "stopped": "stopped",
            }.get(live.reason, live.reason)
            words = Content(
                f"{reason} after {live.step} steps, {live.elapsed:.1f} s on {live.device}"
            )
        if live.resumed is not None:
            words = Content.assemble(words, (f" · went on from step {live.resumed.step}", "$quiet"))
        if live.damage:
            words = Content.assemble(words, (f" · {live.damage}", "$warning"))
        self._put(words)

    def _put(self, words: Content) -> None:
        self.update(words, layout=False)


def _steps(live: LiveRun) -> str:
    total = f"/{live.total_steps}" if live.total_steps else ""
    text = f"step {live.step}{total}"
    if live.started and live.started.steps_per_epoch:
        text += f" · epoch {live.step / live.started.steps_per_epoch:.1f}"
    return text


def _pace(live: LiveRun) -> list[str]:
    parts = []
    rate = live.samples_per_second()
    if rate is not None:
        parts.append(f"{_thousands(rate)} samples/s")
    left = live.seconds_left()
    if left is not None:
        parts.append(f"{left:.0f} s left")
    return parts


def _vitals(live: LiveRun) -> list[str]:
    """The state of the network, in three figures."""
    vitals = live.vitals
    if vitals is None:
        return []
    parts = []
    if vitals.gradient_norm is not None:
        parts.append(f"gradient {short(vitals.gradient_norm)}")
    if vitals.update_ratio is not None:
        parts.append(f"update/weight {vitals.update_ratio:.0e}")
    if vitals.dead_relus:
        parts.append(f"{vitals.dead_relus:.0%} dead ReLUs")
    return parts


def _thousands(value: float) -> str:
    return f"{value / 1000:.1f} k" if value >= 1000 else f"{value:.0f}"


def alert_lines(live: LiveRun) -> list[Content]:
    """What to look up for: the newest with what to do about it, those before it by their names."""
    if not live.alerts:
        return []
    *before, newest = live.alerts
    lines = [
        Content(""),
        Content.assemble(("! ", "bold $error"), (newest.title, "bold")),
        Content.styled(newest.hint, "$quiet"),
    ]
    return lines + [Content.styled(f"! {alert.title}", "$quiet") for alert in before[-2:]]


def verdict_lines(live: LiveRun, *, bet: bool = False) -> list[Content]:
    """The grade of a run that ended: the rules, then one next thing to try.

    Args:
        live: The run.
        bet: Whether it shows how a bet came out, with knobs that nobody could turn.
    """
    verdict = live.verdict
    if verdict is None:
        return []
    if live.problem is not None:
        lines = [Content.styled("✗ The run broke.", "bold $error"), Content(live.problem.title)]
        if live.problem.hint:
            lines.append(Content.styled(live.problem.hint, "$quiet"))
        if live.trace:
            lines.append(Content(live.trace.rstrip().splitlines()[-1]))
        return [*lines, _again()]
    if not live.request.graded:
        head = Content.styled("Practice: not graded.", "bold $warning")
    elif verdict.passed:
        head = Content.styled("✓ Passed.", "bold $success")
    else:
        head = Content.styled("✗ Not yet.", "bold $error")
    lines = [head + Content.styled(f"  {earned(verdict.points, verdict.maximum)}", "$quiet")]
    if bet and live.request.graded and not verdict.passed:
        # The bet's knobs were locked: nobody could have trained it better with them.
        lines = [
            Content.styled("The mark is missed, with these knobs.", "bold $warning"),
            Content.assemble(("esc ", "bold $accent"), "back, to turn them yourself"),
        ]
    elif not verdict.passed:
        # The next thing to try comes first: the reasons may be long, and the column is narrow.
        lines += [Content.assemble(("Try: ", "bold $accent"), live.exercise.retry), _again()]
    for part in verdict.parts:
        mark = ("✓ ", "$success") if part.passed else ("✗ ", "$error")
        lines.append(Content.assemble(mark, part.why or part.name))
    return lines


def _again() -> Content:
    return Content.assemble(("enter ", "bold $accent"), ("train again", "$quiet"))
