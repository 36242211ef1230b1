"""What lies behind the curves of a run: the last try, recorded runs, the learner's own guess."""

from tutor.session.bands import case_band, matching_case
from tutor.session.live_run import LiveRun
from tutor.session.tutor import Tutor
from tutor.ui.widgets.loss_plot import LossPlot


def dress(tutor: Tutor, plot: LossPlot, live: LiveRun, last: LiveRun | None) -> None:
    """Put it behind a plot.

    Args:
        tutor: The open course.
        plot: One set of axes of the run.
        live: The run that is watched.
        last: The try before it, where there was one.
    """
    if last is not None:
        ghosts = [(f"last {name}", last.metrics.values(name)) for name in plot.plot.series]
        plot.ghosts = [(name, values) for name, values in ghosts if values]
    run, knobs, first = live.exercise, dict(live.request.knobs), plot.plot.series[0]
    case = matching_case(run, knobs)
    recorded = case_band(tutor, run, case.id, first) if case else None
    plot.band = (recorded.step, recorded.lo, recorded.hi) if recorded else None
    drawn = tutor.predicting.expected(run, first, knobs)
    plot.prediction = ("your sketch", drawn) if drawn else None
