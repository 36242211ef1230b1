"""A kernel: it runs the cells of a notebook in whatever order it is asked to, in one namespace.

The notebook is a real one, `line.ipynb`, with the output that its author saw. The run reproduces that
output or does not.
"""

import contextlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.reading import Config as BaseConfig
from models.reading import Picture, Reading, Start

NOTEBOOK = Path(__file__).with_name("line.ipynb")
TRAINING = 2
"""The index of the training cell."""


@dataclass(kw_only=True)
class Config(BaseConfig):
    """What the hand at the mouse does.

    Attributes:
        clicks: How often the training cell is run before one goes on.
        begin: `first cell` or `training cell`: where one begins in a fresh kernel.
        pause: Seconds between two cells, for the eye.
    """

    clicks: int = 1
    begin: str = "first cell"
    pause: float = 0.0


def code_cells(path: Path = NOTEBOOK) -> list[dict[str, Any]]:
    """The code cells of a notebook, each with its source as one text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        cell | {"source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == "code"
    ]


def stored(cells: list[dict[str, Any]]) -> float:
    """The number that the last cell printed when its author ran it."""
    return number("".join(cells[-1]["outputs"][0]["text"]))


def number(text: str) -> float:
    """The last number in a printed text; NaN where there is none."""
    found = re.findall(r"\d+\.\d+", text)
    return float(found[-1]) if found else float("nan")


def run(source: str, space: dict[str, Any]) -> tuple[str, str]:
    """Run a cell; returns what it printed and, if it broke, why."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(source, space)
    except Exception as error:  # noqa: BLE001 - a kernel survives whatever a cell does
        return printed.getvalue(), f"{type(error).__name__}: {error}"
    return printed.getvalue(), ""


def order(cells: list[dict[str, Any]], config: Config) -> list[int]:
    """The cells in the order in which they are clicked."""
    first = TRAINING if config.begin == "training cell" else 0
    clicked = list(range(first, len(cells)))
    at = clicked.index(TRAINING)
    return clicked[:at] + [TRAINING] * config.clicks + clicked[at + 1 :]


def train(config: Config) -> Iterator[Start | Reading]:
    """Run the notebook, cell after cell; a reading for each step that a cell reports.

    At the end `test/printed`, what the last cell printed, and `test/off`, how far that is from the
    output stored in the file. Both are NaN where a cell broke.
    """
    cells = code_cells()
    clicked = order(cells, config)
    yield Start()
    told: list[float] = []
    report: Callable[[float], None] = told.append
    space: dict[str, Any] = {"report": report, "__name__": "notebook"}
    page: list[str] = []
    printed, step = float("nan"), 0
    for count, index in enumerate(clicked, 1):
        said, broke = run(cells[index]["source"], space)
        page.append(f"In [{count}]: {cells[index]['source'].splitlines()[0]}")
        page += [f"        {line}" for line in (broke or said).splitlines()]
        for loss in told:
            step += 1
            yield Reading(step, {"train/loss": loss})
        told.clear()
        if broke:
            printed = float("nan")
            break
        printed = number(said)
        time.sleep(config.pause)
    words = f"stored in the file: {stored(cells):.4f}"
    yield Reading(
        step + 1,
        {"test/printed": printed, "test/off": abs(printed - stored(cells))},
        {"notebook": Picture("text", [], "\n".join([*page, words]))},
    )
