"""The command that works with an instrument: lab."""

from typing import Annotated

import typer

from tutor.cli.app import DONE, NOT_PASSED, app, err, leave, open_tutor, out
from tutor.cli.writing import Json, print_json
from tutor.core.errors import TutorError
from tutor.core.instruments.base import Instrument
from tutor.core.lesson import Lab
from tutor.core.quiz import Verdict

COMMANDS = ("lab",)


@app.command()
def lab(
    name: Annotated[str, typer.Argument(help="Id of a lab.")],
    as_json: Json = False,
) -> None:
    """Work with an instrument here: type its keys, several in a line if you like."""
    tutor = open_tutor()
    found = tutor.course.find(name)
    if found is None or not isinstance(found[1], Lab):
        labs = [
            block.id
            for lesson in tutor.course.lessons.values()
            for block in lesson.blocks
            if isinstance(block.body, Lab)
        ]
        hint = f"There are: {', '.join(labs)}." if labs else "This course has none."
        raise TutorError(f"`{name}` is no lab.", hint)
    instrument = tutor.instruments.open(found[1])
    verdict = tutor.instruments.operated(found[1], instrument)
    while not verdict.passed:
        _show(instrument)
        try:
            typed = input("keys (empty to leave): ").split()
        except EOFError:
            break
        if not typed:
            break
        for key in typed:
            instrument = instrument.press(key)
            verdict = tutor.instruments.operated(found[1], instrument)
    _show(instrument)
    _conclude(instrument, verdict, as_json)


def _show(instrument: Instrument) -> None:
    for line in instrument.lines(min(out.width, 100)):
        err.print("".join(text for text, _ in line).rstrip())
    err.print("  ".join(f"{key}: {what}" for key, what in instrument.keys.items()), style="dim")


def _conclude(instrument: Instrument, verdict: Verdict, as_json: bool) -> None:
    for part in verdict.parts:
        err.print(f"{'reached' if part.passed else 'not yet'}  {part.why}")
    if as_json:
        print_json(
            {
                "passed": verdict.passed,
                "points": verdict.points,
                "maximum": verdict.maximum,
                "figures": dict(instrument.figures),
            }
        )
    leave(DONE if verdict.passed else NOT_PASSED)
