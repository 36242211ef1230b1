"""Commands about the machine: doctor and devices."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import json
from rich.live import Live

from tutor.cli.app import DONE, NOT_PASSED, app, leave, out
from tutor.cli.writing import Json, print_json

if TYPE_CHECKING:
    from tutor.core.gauges import History
    from tutor.session.devices import Sample

COMMANDS = ("doctor", "devices")
_MARKS = {"ok": "ok   ", "warning": "note ", "error": "BAD  "}


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at this machine: device, torch, terminal, colours, glyphs, paths."""
    from tutor.session.doctor import examine

    findings = examine()
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            out.print(f"{_MARKS[finding.level]} {finding.what:<12} {finding.found}")
            if finding.remedy:
                out.print(f"{'':19}{finding.remedy}")
    leave(NOT_PASSED if any(each.level == "error" for each in findings) else DONE)


@app.command()
def devices(
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again, until ctrl+c.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds from look to look.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """What this machine has to train on, and what each device does just now."""
    from tutor.session.devices import Devices, remarks, samples

    found = Devices()
    looks = samples(found, every, None if watch else 1)
    if as_json:
        for sample, _ in looks:
            if watch:
                sys.stdout.write(json.encode(sample).decode() + "\n")
                sys.stdout.flush()
            else:
                print_json(sample)
    elif watch and out.is_terminal:
        with Live(console=out, auto_refresh=False) as screen:
            for sample, history in looks:
                screen.update("\n".join(_lines(sample, history)), refresh=True)
    else:
        for sample, history in looks:
            for line in _lines(sample, history):
                out.print(line)
    for remark in remarks(found.last) if found.last and not as_json else ():
        out.print(remark)


def _lines(sample: "Sample", history: "History") -> list[str]:
    """The gauges of every device, an empty line after each."""
    from tutor.core.gauges import draw

    width = min(out.width, 100)
    return [
        line.rstrip()
        for device in sample.devices
        for line in [*draw(history.of(device.id), width).rows, ""]
    ]
