"""Ends of processes as sentences: what happened, and what to try."""

import signal

from msgspec import Struct

_SIGNALS: dict[int, tuple[str, str]] = {
    signal.SIGSEGV: (
        "The run crashed inside compiled code (segmentation fault).",
        "Undo the last change; an index out of range in native code is the usual cause.",
    ),
    signal.SIGABRT: (
        "The run was aborted by a library.",
        "The printed output (v) usually says which check failed.",
    ),
    signal.SIGBUS: (
        "The run crashed on a memory access.",
        "A full disk or too little shared memory is the usual cause.",
    ),
    signal.SIGFPE: ("The run crashed on an arithmetic fault.", "Look for a division by zero."),
    signal.SIGALRM: (
        "The run went past its time limit and was ended.",
        "A loop that never ends, or one step that is far too large, is the usual cause.",
    ),
    signal.SIGTERM: ("The run was told to end.", "Start it again."),
    signal.SIGXFSZ: ("The run wrote more than it may into one file.", "Write less."),
    signal.SIGHUP: ("The run ended with its terminal.", "Start it again."),
    signal.SIGINT: ("The run was interrupted.", "Start it again."),
}


NOT_ENDING = 1
"""Exit code of a run that was told to end and did not; the C library's watchdog has no other."""


DISK_FULL = 74
"""Exit code of a run that could not write a word any more, not even that there is no room."""


class Exit(Struct, frozen=True):
    """Why something ended."""

    title: str
    hint: str = ""


def stopped(where: str = "") -> Exit:
    """Why a run is gone that was asked to stop and left no record.

    Args:
        where: File and line it was at, if that is known.
    """
    hint = "What it wrote until then is kept."
    return Exit("The run was stopped by force, since it did not answer.", _at(where, hint))


def _at(where: str, hint: str) -> str:
    return f"It was in {where}. {hint}" if where else hint


def explain(code: int | None, log_tail: str = "", where: str = "") -> Exit:
    """Why a process ended without saying so itself.

    Args:
        code: Exit code; negative for minus the signal; None where nobody knows.
        log_tail: The end of what it printed.
        where: File and line it was at, if that is known.
    """
    if code is None:
        return Exit(
            "The run's process is gone, and nobody saw it end.",
            "A restart of the machine ends runs too. Train again.",
        )
    if code == -signal.SIGKILL:
        words = "The run was killed from outside."
        # Only the kernel's log could prove it, so memory is named as a cause and not as the cause.
        return Exit(words, "Most often the machine ran out of memory: try a smaller batch.")
    if code < 0:
        title, hint = _SIGNALS.get(-code, (f"The run was ended by signal {-code}.", "Train again."))
        return Exit(title, _at(where, hint))
    if code == 0:
        return Exit(
            "The run ended without a record of its result.",
            "Code that calls os._exit() ends a run before it can say how it went.",
        )
    if code == NOT_ENDING and where:
        return Exit(
            "The run was told to end, did not, and was ended.", _at(where, "Start it again.")
        )
    if code == DISK_FULL or "No space left on device" in log_tail:
        return Exit("The disk is full.", "Make room, then train again or go on.")
    if "can't allocate memory" in log_tail or "MemoryError" in log_tail:
        return Exit("It needed more memory than it may use.", "Try a smaller batch.")
    return Exit(f"The run ended with exit code {code}.", "The printed output (v) may say why.")
