"""Running the checks of a code exercise on a learner's file."""

import os
import sys
import time
from pathlib import Path

from tutor import checks
from tutor.core.protocol import CheckRequest, CheckResult, Failed, Finished
from tutor.core.text import visible
from tutor.worker.entry import load_file, seed_everything
from tutor.worker.events import EventLog
from tutor.worker.failures import explain, failed, trace_of


def check(request: CheckRequest, log: EventLog) -> int:
    """Import the checks, then the learner's file, then run each; returns the exit code.

    The checks and the comparisons they use are bound before the learner's file is imported, so
    that replacing a function of torch changes no verdict.
    """
    seed_everything(request.seed)
    checks.REGISTERED.clear()
    try:
        load_file(Path(request.check), "_checks")
    except BaseException as error:  # noqa: BLE001  # a broken check file is the course's fault
        title, _ = explain(error)
        hint = "That is a fault of the course; tell its author."
        trace = trace_of(error.__traceback__, error)
        log.write(
            Failed(
                title=f"The checks cannot run: {title}", hint=hint, trace=trace, nonce=request.nonce
            )
        )
        return 1
    registered = tuple(checks.REGISTERED)
    if not registered:
        hint = "That is a fault of the course; tell its author."
        log.write(Failed(title="The exercise has no checks.", hint=hint, nonce=request.nonce))
        return 1
    if request.solution and request.solution != request.learner:
        _close_off(request.solution)
    try:
        learner = load_file(Path(request.learner), "learner")
    except BaseException as error:  # noqa: BLE001  # learners' code may raise anything at all
        log.write(failed(error, request.nonce))
        return 1
    for each in registered:
        log.write(_run(each, learner, request.seed))
    log.write(
        Finished(
            reason="done",
            step=0,
            seconds=time.process_time(),
            nonce=request.nonce,
            checks=len(registered),
        )
    )
    return 0


def _close_off(solution: str) -> None:
    """Let nothing in this process open the solution from now on.

    An audit hook cannot be taken back, and sees imports, `open` and `os.open` alike.
    """

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = os.fsdecode(arguments[0])
            if path.endswith(name) and os.path.realpath(path) == solution:
                raise PermissionError("this file opens the solution; write it yourself")

    name = os.path.basename(solution)  # noqa: PTH119  # the hook runs at every open: plain text
    sys.addaudithook(refuse)


def _run(each: checks.Check, learner: object, seed: int) -> CheckResult:
    seed_everything(seed)
    began = time.perf_counter()
    message, expected, actual, passed = "", "", "", False
    try:
        # An async function or a generator comes back without having run; a check returns nothing.
        passed = each.function(learner) is None
        message = "" if passed else "The check returns something, so it may not have run."
    except checks.CheckFailed as error:
        message, expected, actual = error.message, error.expected, error.actual
    except BaseException as error:  # noqa: BLE001  # learners' code may raise anything at all
        title, _ = explain(error)
        where = trace_of(error.__traceback__, error).split("\n")
        lines = [line for line in where if line.startswith(f"{_name(learner)},")]
        message = f"{title} ({lines[-1]})" if lines else title
    return CheckResult(
        name=each.name,
        passed=passed,
        points=each.points,
        hidden=each.hidden,
        message=visible(message),
        expected=visible(expected),
        actual=visible(actual),
        seconds=time.perf_counter() - began,
    )


def _name(learner: object) -> str:
    return Path(getattr(learner, "__file__", "") or "").name
