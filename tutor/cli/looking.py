"""Commands that look into what was trained: network."""

from typing import Annotated

import typer

from tutor.cli.app import app, err, open_tutor, out
from tutor.cli.writing import Json, print_json
from tutor.core.network import table
from tutor.session.looking import network as network_of

COMMANDS = ("network",)


@app.command()
def network(
    run: Annotated[str, typer.Argument(help="Id of a run; `runs` lists them.")],
    as_json: Json = False,
) -> None:
    """Show the network of a run: its layers, shapes, parameters, FLOPs and memory."""
    found = network_of(open_tutor(), run)
    if as_json:
        print_json(found)
        return
    for line in table(found):
        out.print(line)
    if found.samples:
        samples = "one sample" if found.samples == 1 else f"{found.samples} samples"
        err.print(f"FLOPs and activations are of one pass forward with {samples}.")
    else:
        err.print("Only listed: no example could go through it.")
    if found.left_out:
        err.print(f"{found.left_out} more calls are in the totals and have no line.")
