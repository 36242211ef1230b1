"""Commands about the machine: doctor."""

from tutor.cli.app import DONE, NOT_PASSED, app, leave, out
from tutor.cli.writing import Json, print_json

COMMANDS = ("doctor",)
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
