"""A lesson as a Jupyter notebook that runs outside the tutor (nbformat 4.5).

Prose stays markdown, a run becomes a cell that trains and draws, a code exercise its starter and a
cell of checks, a question its answer folded away. The notebook needs this package, for `models` and
`tutor.checks`, and nothing else; with matplotlib it draws, without it prints.
"""

import hashlib
import re
from typing import Any

import msgspec

import tutor as package
from tutor.core.answers import solve
from tutor.core.lesson import Body, Code, Lab, Lesson, Predict, Prose, Quiz, Reflect, Run
from tutor.core.quiz import ask
from tutor.session.tutor import Tutor

_DIRECTIVE = re.compile(
    r"(?:<details>\s*<summary>(?:(?!</summary>).)*</summary>\s*)?"
    r"^```toml (?:run|quiz|code|predict|lab|reflect)\n.*?^```[ \t]*$"
    r"(?:\s*</details>)?",
    re.DOTALL | re.MULTILINE,
)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_FIGURE = re.compile(r"^!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s]+\.txt)[^)]*\)[ \t]*$", re.MULTILINE)

SETUP = '''\
"""Needs: pip install dlwalk-tutor. Drawing needs matplotlib as well."""
from collections import defaultdict

from models.reading import Reading


def watch(readings, plots):
    """Train to the end; draw the named series, or print their last values."""
    series = defaultdict(lambda: ([], []))
    for item in readings:
        if isinstance(item, Reading):
            for name, value in item.scalars.items():
                series[name][0].append(item.step)
                series[name][1].append(float(value))
    for name, (_, values) in series.items():
        print(f"{name}: {values[-1]:.4g}")
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        return
    for names, scale in plots:
        for name in names:
            plt.plot(*series[name], label=name)
        plt.yscale(scale)
        plt.xlabel("step")
        plt.legend()
        plt.show()
'''


def to_notebook(tutor: Tutor, lesson: Lesson) -> bytes:
    """The lesson as `.ipynb`."""
    source = tutor.asset(lesson, "lesson.md").read_text(encoding="utf-8-sig")
    source = _FRONT_MATTER.sub("", source.replace("\r\n", "\n"))
    stretches = _DIRECTIVE.split(source)
    bodies = [block.body for block in lesson.blocks if not isinstance(block.body, Prose)]
    cells: list[dict[str, Any]] = [_code(SETUP)]
    for index, stretch in enumerate(stretches):
        text = _with_figures(tutor, lesson, stretch).strip()
        if text:
            cells.append(_markdown(text))
        if index < len(bodies):
            cells += _cells(tutor, lesson, bodies[index])
    for number, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{lesson.id}/{number}".encode()).hexdigest()[:12]
    return msgspec.json.format(msgspec.json.encode(_notebook(cells)), indent=1) + b"\n"


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "dlwalk_tutor": {"version": package.__version__},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str, *, may_raise: bool = False) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        # Jupyter's own tag for a cell that is meant to raise until it is solved.
        "metadata": {"tags": ["raises-exception"]} if may_raise else {},
        "outputs": [],
        "source": text.strip("\n").splitlines(keepends=True),
    }


def _with_figures(tutor: Tutor, lesson: Lesson, text: str) -> str:
    def figure(match: re.Match[str]) -> str:
        path = tutor.asset(lesson, match["path"])
        try:
            return f"```text\n{path.read_text(encoding='utf-8').rstrip()}\n```\n*{match['alt']}*"
        except (OSError, UnicodeDecodeError):
            return match[0]

    return _FIGURE.sub(figure, text)


def _cells(tutor: Tutor, lesson: Lesson, body: Body) -> list[dict[str, Any]]:
    match body:
        case Run():
            return _run(tutor, lesson, body)
        case Code():
            return _exercise(tutor, lesson, body)
        case Predict():
            choices = "\n".join(f"- {choice.text or choice.case}" for choice in body.choice)
            return [_markdown(f"**A bet.** {body.prompt}\n\n{choices}")]
        case Reflect():
            return [_markdown(f"**For your notebook.** {body.prompt}\n\n*Write here.*")]
        case Lab():
            return [_markdown(f"*{body.title}: an instrument of the tutor, not of a notebook.*")]
        case Prose():
            return []
        case _:
            return [_markdown(_question(body))]


def _run(tutor: Tutor, lesson: Lesson, run: Run) -> list[dict[str, Any]]:
    entry, _, function = run.entry.partition(":")
    lines = [f"# {run.title}. Goal: {run.goal}"]
    cells = []
    if entry.endswith(".py"):
        source = tutor.asset(lesson, entry).read_text(encoding="utf-8")
        cells.append(_code(source))
        config = "Config"
    else:
        module = entry.rpartition(".")[2]
        lines.append(f"from {entry.rpartition('.')[0]} import {module}")
        config, function = f"{module}.Config", f"{module}.{function}"
    # A pause is there for an eye that follows the curve; a notebook draws it at the end.
    values = {name: knob.default for name, knob in run.knobs.items() if name != "pause"}
    arguments = "".join(f"    {name}={value!r},\n" for name, value in values.items())
    plots = [(list(plot.series), plot.y) for plot in run.plot]
    if run.uses:
        lines.append(
            "# It uses the code you write above; save that cell to a file and name it here."
        )
        arguments += "    learner=None,\n"
    lines.append(f"config = {config}(\n    seed=0,\n{arguments})")
    lines.append(f"watch({function}(config), {plots!r})")
    cells.append(_code("\n".join(lines), may_raise=bool(run.uses)))
    return cells


def _exercise(tutor: Tutor, lesson: Lesson, code: Code) -> list[dict[str, Any]]:
    start = tutor.asset(lesson, code.start).read_text(encoding="utf-8")
    checks = tutor.asset(lesson, code.check).read_text(encoding="utf-8")
    solution = tutor.asset(lesson, code.solution).read_text(encoding="utf-8")
    hints = "\n".join(f"{number}. {hint}" for number, hint in enumerate(code.hints, 1))
    run = (
        "import types\n\nfrom tutor import checks as _checks\n\n_checks.REGISTERED.clear()\n\n"
        + checks
        + "\n\n_checks.run_here(types.SimpleNamespace(**globals()))\n"
    )
    return [
        _markdown(
            f"**{code.title}.**\n\n<details><summary>Hints</summary>\n\n{hints}\n\n</details>"
        ),
        _code(start, may_raise=True),
        _code(run, may_raise=True),
        _markdown(
            "<details><summary>A solution</summary>\n\n"
            f"```python\n{solution.rstrip()}\n```\n\n</details>"
        ),
    ]


def _question(question: Quiz) -> str:
    asked = ask(question, 0)
    verdict = solve(asked)
    choices = getattr(question, "choice", ()) or ()
    offered = "".join(f"\n- {choice.text}" for choice in choices)
    items = getattr(question, "items", ())
    offered += "".join(f"\n- {items[index]}" for index in asked.order if index < len(items))
    whys = "\n\n".join(verdict.why)
    return (
        f"**Question.** {asked.prompt}\n{offered}\n\n"
        f"<details><summary>Answer</summary>\n\n{verdict.answer}\n\n{whys}\n\n</details>"
    )
