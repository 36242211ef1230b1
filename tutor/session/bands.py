"""Recording what a run's cases look like over several seeds, and reading it back."""

import ast
import functools
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import tutor as package
from tutor.content.problems import Problem
from tutor.core.course import Course
from tutor.core.lesson import Case, Lesson, Run, Scalar
from tutor.core.reference import Band, CaseRecord, Reference, band, decode_reference
from tutor.core.trials import Recorded

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

SEEDS = 5
PROGRAM = Path(package.__file__).parent.parent
"""Where `tutor` and `models` lie."""


def fingerprint(course: Course, lesson: Lesson, run: Run) -> str:
    """Hash of what a run's curves depend on: the code it reaches, its data, knobs and cases."""
    digest = hashlib.sha256()
    name = run.entry.partition(":")[0]
    first = Path(course.root, lesson.folder, name) if name.endswith(".py") else module_file(name)
    # The contract that every exercise stands on moves no curve.
    for source in sorted(reached(first, set()) - {module_file("models.reading")}):
        digest.update(source.read_bytes())
    shape = [run.entry, run.knobs, run.case, run.limit, [plot.series for plot in run.plot]]
    digest.update(msgspec.json.encode(shape, order="deterministic"))
    return digest.hexdigest()[:16]


def module_file(name: str) -> Path:
    """The file of a module of `models`."""
    return PROGRAM / f"{name.replace('.', '/')}.py"


def reached(source: Path, seen: set[Path]) -> set[Path]:
    """A file with every file of `models` that it imports and every data file that it names."""
    if source in seen or not source.is_file():
        return seen
    seen.add(source)
    state = source.stat()
    modules, names = _mentions(source, state.st_mtime_ns, state.st_size)
    seen.update(data for name in names if (data := source.parent / name).is_file())
    for module in modules:
        reached(module_file(module), seen)
    return seen


@functools.lru_cache(1024)
def _mentions(source: Path, mtime: int, size: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The modules of `models` that a file imports, and the strings in it that may name files.

    Parsing takes a tenth of the time in which a run has to show its first point, so each state of a
    file is parsed once.
    """
    try:
        tree = ast.parse(source.read_bytes())
    except SyntaxError:
        return (), ()
    names: list[str] = []
    strings: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.append(node.value)
    return (
        tuple(name for name in names if name.partition(".")[0] == "models"),
        tuple(text for text in strings if re.fullmatch(r"[\w.-]+", text)),
    )


def reference_path(course: Course, lesson: Lesson, run: Run) -> Path:
    """Where the record of a run lies."""
    return Path(course.root, lesson.folder, "reference", f"{run.id}.json")


def load_reference(course: Course, lesson: Lesson, run: Run) -> Reference | None:
    """The record of a run, or None where there is none that can be read."""
    try:
        return decode_reference(reference_path(course, lesson, run).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def stale_references(course: Course) -> list[Problem]:
    """A warning for every run whose record is missing or older than what it records."""
    problems = []
    for lesson in course.lessons.values():
        for block in lesson.blocks:
            if not isinstance(block.body, Run) or not block.body.case:
                continue
            record = load_reference(course, lesson, block.body)
            if record is None or record.fingerprint != fingerprint(course, lesson, block.body):
                problems.append(
                    Problem(
                        path=f"{lesson.folder}/lesson.md",
                        line=block.line,
                        message=f"The recorded curves of `{block.id}` are "
                        f"{'missing' if record is None else 'stale'}.",
                        fix="Run `dlwalk-tutor check --record` and commit reference/.",
                        level="warning",
                    )
                )
    return problems


def case_band(tutor: "Tutor", run: Run, case: str, series: str) -> Band | None:
    """The recorded band of one series of a case."""
    record = load_reference(tutor.course, tutor.owner(run), run)
    found = record.cases.get(case) if record else None
    return found.series.get(series) if found else None


def recorded_ends(tutor: "Tutor", run: Run, series: str) -> list[Recorded]:
    """Where one series ended in each recorded case, over its seeds."""
    record = load_reference(tutor.course, tutor.owner(run), run)
    defaults = {name: knob.default for name, knob in run.knobs.items()}
    found = []
    for case in run.case:
        kept = record.cases.get(case.id) if record else None
        band = kept.series.get(series) if kept else None
        if band is None or not band.step:
            continue
        low, middle, high = band.lo[-1], band.mid[-1], band.hi[-1]
        if low is not None and middle is not None and high is not None:
            found.append(Recorded({**defaults, **case.knobs}, low, middle, high, band.step[-1]))
    return found


def matching_case(run: Run, knobs: Mapping[str, Scalar]) -> Case | None:
    """The case that has exactly these knobs, the rest at their defaults."""
    defaults = {name: knob.default for name, knob in run.knobs.items()}
    return next(
        (case for case in run.case if {**defaults, **case.knobs} == {**defaults, **knobs}), None
    )


async def record_bands(root: Path, *, only: str = "", told: Callable[[str], None]) -> None:
    """Run every case of every run on five seeds and write `reference/RUN.json`."""
    import tempfile

    from tutor.session.prove import use_solution, wanted
    from tutor.session.training import installed
    from tutor.session.tutor import Tutor

    with tempfile.TemporaryDirectory(prefix="dlwalk-record-") as home:
        tutor = Tutor.open(root, Path(home))
        tutor.trust.grant()
        try:
            for lesson in wanted(tutor.course, only):
                for block in lesson.blocks:
                    if isinstance(block.body, Run) and block.body.case:
                        if not installed(block.body.needs):
                            told(f"{block.id}: not recorded, `{block.body.needs}` is missing")
                            continue
                        if block.body.uses:
                            use_solution(tutor, block.body)
                        await _record_run(tutor, lesson, block.body, told)
        finally:
            await tutor.training.close()
            tutor.close()


async def _record_run(
    tutor: "Tutor", lesson: Lesson, run: Run, told: Callable[[str], None]
) -> None:
    names = [name for plot in run.plot for name in plot.series]
    cases: dict[str, CaseRecord] = {}
    torch = ""
    for case in run.case:
        readings: list[dict[str, list[tuple[int, float]]]] = []
        for seed in range(SEEDS):
            live = await tutor.training.start(run, case.knobs, seed=seed)
            async for _ in live.events():
                pass
            readings.append({name: list(live.metrics.values(name)) for name in names})
            torch = live.torch
        cases[case.id] = CaseRecord(
            outcome=case.outcome,
            seeds=SEEDS,
            series={name: band([each[name] for each in readings]) for name in names},
        )
        told(f"{run.id} {case.id}: {SEEDS} seeds")
    path = reference_path(tutor.course, lesson, run)
    path.parent.mkdir(exist_ok=True)
    record = Reference(
        run=run.id,
        fingerprint=fingerprint(tutor.course, lesson, run),
        torch=torch,
        device="cpu",
        cases=cases,
    )
    path.write_bytes(msgspec.json.encode(record) + b"\n")
