"""What a course must keep for the tutor to open it: ids, references, files, rules."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tutor.content.files import resolve
from tutor.content.lint_quiz import Finding, unanswerable
from tutor.content.parse import Placed, Source
from tutor.content.problems import Problem, nearest
from tutor.content.schema import Path as KeyPath
from tutor.core.arithmetic import parse_rule
from tutor.core.errors import TutorError
from tutor.core.lesson import Code, Lab, Output, Predict, Reflect, Run


def check_integrity(
    root: Path, sources: Mapping[str, Source], *, listed: bool, retired: tuple[str, ...]
) -> list[Problem]:
    """Find what would break while a learner works.

    Args:
        root: The course's folder.
        sources: Its lessons by their path.
        listed: Whether `course.toml` lists them; without it other lessons may be elsewhere.
        retired: Ids that may never be used again.

    Returns:
        Every problem.
    """
    problems = [*_ids(sources, retired)]
    if listed:
        problems += _requires(sources)
    bodies = {each.body.id: each.body for source in sources.values() for each in source.placed}
    broken = {name for source in sources.values() for name in source.broken}
    for path, source in sources.items():
        folder = path.rpartition("/")[0]
        # Pictures in questions are rare, and reading each small text costs as much as the lesson.
        pictured = (each for each in source.placed if "![" in str(each.data))
        notes = [*source.notes, *(note for placed in pictured for note in placed.notes())]
        for note in notes:
            _, wrong = resolve(root, folder, note.text) if note.kind == "image" else (None, "")
            if wrong:
                problems.append(Problem(path, note.line, wrong, "Pictures lie in the course."))
        for placed in source.placed:
            found = [*_files(root, folder, placed)]
            match placed.body:
                case Run() as run:
                    found += _run(run, bodies, broken)
                case Predict() as predict:
                    found += _predict(predict, bodies, broken)
                case Lab() as lab:
                    found += _rules("goal", [goal.rule for goal in lab.goal])
                case Code() | Reflect():
                    pass
                case quiz:
                    found += unanswerable(quiz)
            for each in found:
                line = placed.lines.at(each.path)
                problems.append(Problem(path, line, each.message, each.fix))
    return problems


def _ids(sources: Mapping[str, Source], retired: tuple[str, ...]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, source in sources.items():
        named = [(source.lesson.id, 1)] if source.lesson else []
        named += [(placed.body.id, placed.lines.opening) for placed in source.placed]
        for name, line in named:
            if name in seen:
                message = f"The id `{name}` is taken by {seen[name]}."
                yield Problem(path, line, message, "Choose another; ids are permanent.")
            elif name in retired:
                message = f"The id `{name}` is retired."
                fix = "Choose another: somebody's old progress hangs on this one."
                yield Problem(path, line, message, fix)
            seen.setdefault(name, f"{path}:{line}")


def _requires(sources: Mapping[str, Source]) -> Iterator[Problem]:
    lessons = {source.lesson.id: source.lesson for source in sources.values() if source.lesson}
    complete = len(lessons) == len(sources)
    for path, source in sources.items():
        lesson = source.lesson
        if lesson is None:
            continue
        for name in lesson.requires:
            if name not in lessons and complete:
                message = f"It requires `{name}`, which is no lesson."
                yield Problem(path, 1, message, nearest(name, lessons, "lessons"))
        seen: set[str] = set()
        ahead = list(lesson.requires)
        while ahead:
            name = ahead.pop()
            if name == lesson.id:
                message = f"`{lesson.id}` requires itself, by way of what it requires."
                yield Problem(path, 1, message, "Break the circle of `requires`.")
                break
            if name in lessons and name not in seen:
                seen.add(name)
                ahead += lessons[name].requires


def _files(root: Path, folder: str, placed: Placed) -> Iterator[Finding]:
    named: list[tuple[KeyPath, str]] = []
    match placed.body:
        case Code() as code:
            named = [((key,), getattr(code, key)) for key in ("start", "check", "solution")]
            named += [(("wrong", i, "file"), wrong.file) for i, wrong in enumerate(code.wrong)]
        case Output(snippet=snippet):
            named = [(("snippet",), snippet)]
        case Run(entry=entry):
            module, colon, function = entry.partition(":")
            if not colon or not function.isidentifier():
                message = f"`entry` is `{entry}`."
                yield Finding(("entry",), message, "Write `models.NAME:function`.")
            elif module.endswith(".py"):
                named = [(("entry",), module)]
            elif not module.startswith("models."):
                fix = "An entry is `models.NAME:function` or `FILE.py:function` in the course."
                yield Finding(("entry",), f"`entry` is `{entry}`.", fix)
        case _:
            pass
    for path, name in named:
        _, wrong = resolve(root, folder, name)
        if wrong:
            yield Finding(path, wrong, "Paths begin at the lesson's folder.")


def _run(run: Run, bodies: Mapping[str, object], broken: set[str]) -> Iterator[Finding]:
    if run.uses and run.uses not in broken and not isinstance(bodies.get(run.uses), Code):
        codes = [name for name, body in bodies.items() if isinstance(body, Code)]
        message = f"`uses` names `{run.uses}`, which is no code exercise."
        yield Finding(("uses",), message, nearest(run.uses, codes, "code exercises"))
    for index, name in enumerate(run.fixed):
        if name not in run.knobs:
            message = f"`fixed` names `{name}`, which is no knob."
            yield Finding(("fixed", index), message, nearest(name, run.knobs, "knobs"))
    yield from _rules("expect", [expect.rule for expect in run.expect])
    seen: set[str] = set()
    for index, case in enumerate(run.case):
        if case.id in seen:
            message = f"The case `{case.id}` stands here twice."
            yield Finding(("case", index, "id"), message, "Cases of a run have their own ids.")
        seen.add(case.id)


def _rules(key: str, rules: Sequence[str]) -> Iterator[Finding]:
    for index, rule in enumerate(rules):
        try:
            parse_rule(rule)
        except TutorError as error:
            message = f"The rule `{rule}` cannot be read: {error.title}"
            yield Finding((key, index, "rule"), message, error.hint)


def _predict(predict: Predict, bodies: Mapping[str, object], broken: set[str]) -> Iterator[Finding]:
    run = bodies.get(predict.run)
    if not isinstance(run, Run):
        if predict.run not in broken:
            runs = [name for name, body in bodies.items() if isinstance(body, Run)]
            message = f"It asks about `{predict.run}`, which is no run."
            yield Finding(("run",), message, nearest(predict.run, runs, "runs"))
        return
    cases = [case.id for case in run.case]
    named: list[tuple[KeyPath, str]] = [
        (("choice", i, "case"), choice.case) for i, choice in enumerate(predict.choice)
    ]
    named += [(("case",), predict.case)] if predict.case else []
    for path, name in named:
        if name not in cases:
            message = f"`{name}` is no case of `{run.id}`."
            yield Finding(path, message, nearest(name, cases, "cases"))
    right = [choice.case for choice in predict.choice if choice.correct]
    if predict.mode == "choose" and len(right) != 1:
        message = f"{len(right)} choices are correct."
        yield Finding(("choice",), message, "Mark exactly one with `correct = true`.")
    elif predict.mode == "choose" and predict.case and predict.case != right[0]:
        message = f"`case` is `{predict.case}`, and the correct choice is `{right[0]}`."
        yield Finding(("case",), message, "The correct choice is the case that is run.")
    elif predict.mode == "sketch" and not (predict.case and predict.series):
        yield Finding((), "A sketch needs `case` and `series`.", "Say which curve is drawn.")
