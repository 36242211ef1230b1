"""Rules of runs, predictions and code exercises."""

import ast
from collections.abc import Iterator
from pathlib import Path

import tutor
from tutor.content.files import read_text, resolve
from tutor.content.lint_quiz import Finding
from tutor.core.arithmetic import parse_rule
from tutor.core.errors import TutorError
from tutor.core.knobs import check, validate
from tutor.core.lesson import Code, Knob, Predict, Run

HELD_OUT = ("valid/", "test/")


def lint_run(run: Run, root: Path, folder: str) -> Iterator[Finding]:
    """Find what is wrong with a run; its code is read, never imported."""
    for name, knob in run.knobs.items():
        yield from _knob(name, knob)
    yield from _expects(run)
    outcomes = {case.outcome for case in run.case}
    for outcome in ("pass", "fail"):
        if run.expect and outcome not in outcomes:
            fix = f'Add a `[[case]]` with `outcome = "{outcome}"`: `check --run` proves it.'
            yield Finding((), f"No case is known to {outcome}.", fix)
    for index, case in enumerate(run.case):
        if case.outcome == "fail" and not case.why:
            message = f"The case `{case.id}` fails and does not say why."
            yield Finding(("case", index), message, "Add `why`.")
        for name, value in case.knobs.items():
            try:
                validate(run, {name: value})
            except TutorError as error:
                yield Finding(("case", index, "knobs"), error.title, error.hint)
    for index, plot in enumerate(run.plot):
        if len(set(plot.series)) < len(plot.series):
            yield Finding(("plot", index, "series"), "A series is drawn twice.", "Name it once.")
    yield from _entry(run, root, folder)
    if run.needs and any(expect.points for expect in run.expect):
        message = f"`needs` names `{run.needs}`, and the run earns points."
        fix = "Give each `[[expect]]` of it `points = 0`: not everybody could earn them."
        yield Finding(("needs",), message, fix)


def _knob(name: str, knob: Knob) -> Iterator[Finding]:
    path = ("knobs", name)
    if knob.range is not None and knob.choices:
        message = f"The knob `{name}` has `range` and `choices`."
        yield Finding((*path, "range"), message, "Keep one of them.")
    elif knob.range is not None and knob.range[0] >= knob.range[1]:
        message = f"The range of `{name}` holds no value."
        yield Finding((*path, "range"), message, "Write `[least, greatest]`.")
    elif knob.scale == "log" and not (knob.range and knob.range[0] > 0):
        message = f"The knob `{name}` has a log scale and no range above 0."
        yield Finding((*path, "scale"), message, "Add `range = [least, greatest]`, both above 0.")
    else:
        try:
            check(name, knob, knob.default)
        except TutorError as error:
            message = f"The default of `{name}` is not allowed: {error.title}"
            yield Finding((*path, "default"), message, error.hint)
    if not name.isidentifier():
        fix = "A knob is a field of the entry's `Config`."
        yield Finding(path, f"`{name}` is no name for a knob.", fix)


def _expects(run: Run) -> Iterator[Finding]:
    for index, expect in enumerate(run.expect):
        try:
            calls = parse_rule(expect.rule).calls
        except TutorError:
            continue  # integrity has said so
        for call in calls:
            if call.function in ("min", "max") and call.series.startswith(HELD_OUT):
                yield Finding(
                    ("expect", index, "rule"),
                    f"`{call}` picks the best epoch on data that is held out.",
                    "Use `last`, or train until it is good.",
                )


def _entry(run: Run, root: Path, folder: str) -> Iterator[Finding]:
    module, _, function = run.entry.partition(":")
    if module.endswith(".py"):
        file, _ = resolve(root, folder, module)
    elif module.startswith("models."):
        file = Path(tutor.__file__).parent.parent / f"{module.replace('.', '/')}.py"
        if not file.is_file():
            yield Finding(("entry",), f"There is no model file for `{module}`.")
    else:
        return
    text, _ = read_text(file, module) if file and file.is_file() else (None, [])
    if text is not None and not _defines(text, function):
        message = f"`{module}` defines no function `{function}`."
        yield Finding(("entry",), message, "The entry is a generator of readings.")


def _defines(source: str, function: str) -> bool:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return False
    for node in body:
        match node:
            case ast.FunctionDef(name=name):
                names = [name]
            case ast.ImportFrom(names=aliases):
                names = [alias.asname or alias.name for alias in aliases]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case _:
                continue
        if function in names:
            return True
    return False


def lint_predict(predict: Predict, run: Run | None) -> Iterator[Finding]:
    """Find what is wrong with a prediction."""
    if predict.mode == "choose" and len(predict.choice) < 2:
        yield Finding((), "A bet needs at least two choices.", "Add a `[[choice]]`.")
    if predict.mode == "sketch" and predict.choice:
        yield Finding(("choice",), "A sketch has no choices.", 'Set `mode = "choose"`.')
    if run and predict.series and not any(predict.series in plot.series for plot in run.plot):
        message = f"`{predict.series}` is drawn by no plot of `{run.id}`."
        yield Finding(("series",), message, "Name a series of one of its plots.")


def lint_code(code: Code, root: Path, folder: str) -> Iterator[Finding]:
    """Find what is wrong with a code exercise; its files are read, never imported."""
    if not code.wrong:
        message = "No wrong file proves that the checks refuse a mistake."
        yield Finding((), message, "Add a `[[wrong]]`.", level="warning")
    file, _ = resolve(root, folder, code.check)
    text, _ = read_text(file, code.check) if file else (None, [])
    for index, wrong in enumerate(code.wrong):
        if text is not None and wrong.fails.strip() and wrong.fails not in text:
            message = f"`{code.check}` has no check called `{wrong.fails}`."
            yield Finding(("wrong", index, "fails"), message, "Copy the name from `@check(...)`.")
