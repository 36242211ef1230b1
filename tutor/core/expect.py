"""Rules over a finished run -> a verdict."""

from msgspec import Struct

from tutor.core.arithmetic import SeriesView, parse_rule
from tutor.core.lesson import Run, graded_points
from tutor.core.quiz import Part, Verdict

_ENDINGS = {
    "stopped": "It was stopped before its end.",
    "time": "It ran into its time limit.",
    "broken": "It broke before its end.",
}


class RunOutcome(Struct, frozen=True):
    """What grading needs to know of a run's end."""

    ended: bool
    """It came to its own end."""
    nonce_ok: bool
    """The worker's record carries the nonce of the request."""
    reason: str
    steps: int
    series: SeriesView


def grade_run(run: Run, outcome: RunOutcome) -> Verdict:
    """Hold every rule against the run.

    Never a pass unless the run ended, its record is genuine and something was read.
    """
    maximum = graded_points(run)
    why = ""
    if not outcome.ended:
        why = _ENDINGS.get(outcome.reason, "It did not come to its end.")
    elif not outcome.nonce_ok:
        why = "Its record is not genuine."
    elif outcome.steps <= 0:
        why = "Nothing was read."
    parts = tuple(
        _part(expect.rule, expect.points, expect.why, outcome, why) for expect in run.expect
    )
    points = sum(part.points for part in parts)
    passed = not why and all(part.passed for part in parts)
    return Verdict(
        points=points, maximum=maximum, passed=passed, why=(why,) if why else (), parts=parts
    )


def _part(text: str, points: float, meaning: str, outcome: RunOutcome, why: str) -> Part:
    if why:
        return Part(name=text, points=0.0, maximum=points, passed=False, why=why)
    rule = parse_rule(text)
    said = rule.explain(outcome.series)
    if rule.holds(outcome.series):
        return Part(name=text, points=points, maximum=points, passed=True, why=said)
    said = f"{said}; needs {rule.needs}. {meaning}"
    return Part(name=text, points=0.0, maximum=points, passed=False, why=said)
