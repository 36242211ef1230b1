"""Lesson > blocks: what a lesson is, as values; `tutor.core.course` binds lessons to a course.

Directives are the `toml KIND` fences of a lesson. Their structs are the schema: field names,
types and descriptions are what `docs/authoring.md` is generated from, and what errors quote.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from tutor.core.prose import ProseBlock


def _says(text: str) -> Meta:
    return Meta(description=text)


Id = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$",
        description="Permanent and unique in the course; progress hangs on it.",
    ),
]
Scalar = bool | int | float | str


class Directive(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every directive has."""

    id: Id


# --- quiz ---------------------------------------------------------------------------------------


class Choice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One choice of a `single` or `multiple` question."""

    text: Annotated[str, _says("What the learner reads; markdown and maths on one line.")]
    why: Annotated[str, _says("Why this choice is right or wrong; shown after answering.")]
    correct: Annotated[bool, _says("Whether it is right.")] = False


class WrongAnswer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A wrong answer that deserves its own reason."""

    value: Annotated[float | str, _says("The answer; for numbers also an expression.")]
    why: Annotated[str, _says("The mistake behind it.")]


class Parameter(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value drawn anew for each attempt at a question; shown where the text says `{{name}}`."""

    choose: Annotated[tuple[float, ...], _says("The values to draw from."), Meta(min_length=2)]


class _Question(Directive, frozen=True, kw_only=True):
    prompt: Annotated[str, _says("The question; markdown, maths, `{{name}}` for parameters.")]
    points: Annotated[float, _says("What a right answer earns."), Meta(gt=0)] = 1
    hints: Annotated[tuple[str, ...], _says("Opened one by one; recorded.")] = ()
    topic: Annotated[str, _says("What it is about, for review and strength by topic.")] = ""
    params: Annotated[dict[str, Parameter], _says("Values drawn anew for each attempt.")] = {}


class Single(_Question, frozen=True, kw_only=True, tag="single", tag_field="type"):
    """Exactly one choice is right."""

    choice: Annotated[tuple[Choice, ...], Meta(min_length=2)]


class Multiple(_Question, frozen=True, kw_only=True, tag="multiple", tag_field="type"):
    """Any number of choices is right; each choice judged rightly earns its share."""

    choice: Annotated[tuple[Choice, ...], Meta(min_length=2)]


class Number(_Question, frozen=True, kw_only=True, tag="number", tag_field="type"):
    """A number, with a tolerance or a range."""

    answer: Annotated[
        float | str | None, _says("The value, or an expression over the parameters.")
    ] = None
    tolerance: Annotated[
        Annotated[float, Meta(ge=0)] | None, _says("How far off still counts.")
    ] = None
    range: Annotated[tuple[float, float] | None, _says("Instead of answer and tolerance.")] = None
    unit: Annotated[str, _says("Shown behind the field; may be typed too.")] = ""
    wrong: Annotated[tuple[WrongAnswer, ...], _says("Mistakes that are worth naming.")] = ()
    why: Annotated[str, _says("How the answer comes about; shown after answering.")]


class TextAnswer(_Question, frozen=True, kw_only=True, tag="text", tag_field="type"):
    """A word or two; case, spaces and quotes do not count."""

    accept: Annotated[tuple[str, ...], _says("Every right form."), Meta(min_length=1)]
    wrong: tuple[WrongAnswer, ...] = ()
    why: Annotated[str, _says("Why; shown after answering.")]


class Output(_Question, frozen=True, kw_only=True, tag="output", tag_field="type"):
    """What does this snippet print? `check --run` runs it to prove the answer."""

    snippet: Annotated[str, _says("A file in the lesson's folder; shown with the prompt.")]
    accept: Annotated[tuple[str, ...], _says("Every right form."), Meta(min_length=1)]
    wrong: tuple[WrongAnswer, ...] = ()
    why: Annotated[str, _says("Why; shown after answering.")]


class Order(_Question, frozen=True, kw_only=True, tag="order", tag_field="type"):
    """Put into the right order; written in it, shown shuffled."""

    items: Annotated[tuple[str, ...], _says("In the right order."), Meta(min_length=3)]
    why: Annotated[str, _says("Why; shown after answering.")]


class Match(_Question, frozen=True, kw_only=True, tag="match", tag_field="type"):
    """Join each left side with its right side."""

    pairs: Annotated[tuple[tuple[str, str], ...], _says("Left and right."), Meta(min_length=2)]
    why: Annotated[str, _says("Why; shown after answering.")]


class Shape(_Question, frozen=True, kw_only=True, tag="shape", tag_field="type"):
    """The shape of a tensor, letters allowed: `(B, 16, 13, 13)`."""

    answer: Annotated[str, _says("The shape, in parentheses.")]
    wrong: tuple[WrongAnswer, ...] = ()
    why: Annotated[str, _says("Why; shown after answering.")]


class Blank(_Question, frozen=True, kw_only=True, tag="blank", tag_field="type"):
    """Fill the gaps `{{1}}`, `{{2}}` in a text or in code."""

    text: Annotated[str, _says("The text or code, with gaps `{{1}}`.")]
    accept: Annotated[dict[str, tuple[str, ...]], _says("Right forms for each gap.")]
    why: Annotated[str, _says("Why; shown after answering.")]


Quiz = Single | Multiple | Number | TextAnswer | Output | Order | Match | Shape | Blank

# --- run ----------------------------------------------------------------------------------------


class Knob(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A setting of a run that the learner may turn."""

    default: Annotated[Scalar, _says("The value it starts with.")]
    label: Annotated[str, _says("A word or two; the knob's name where empty.")] = ""
    help: Annotated[str, _says("What turning it does, in one line.")] = ""
    range: Annotated[tuple[float, float] | None, _says("Least and greatest value.")] = None
    choices: Annotated[tuple[Scalar, ...], _says("Or: the only values there are.")] = ()
    scale: Annotated[Literal["linear", "log"], _says("How it is stepped through.")] = "linear"
    live: Annotated[bool, _says("May be turned while the run trains.")] = False


class Limit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a run is ended whatever it does."""

    steps: Annotated[Annotated[int, Meta(gt=0)] | None, _says("Optimiser steps.")] = None
    seconds: Annotated[float, _says("Wall-clock time."), Meta(gt=0)] = 60


class Plot(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One set of axes."""

    series: Annotated[
        tuple[str, ...], _says("Names, as the entry yields them."), Meta(min_length=1)
    ]
    y: Annotated[Literal["linear", "log"], _says("Scale of the vertical axis.")] = "linear"
    title: Annotated[str, _says("Above the axes.")] = ""
    target: Annotated[float | None, _says("Drawn as a line: the value to reach.")] = None
    target_label: Annotated[str, _says("Words for that line.")] = ""


class Expect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule over a finished run."""

    rule: Annotated[str, _says('For example `last("test/mae") <= 2.2`.')]
    points: Annotated[float, _says("What meeting it earns."), Meta(ge=0)] = 1
    why: Annotated[str, _says("What the rule means; said when it is not met.")]


class Case(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Knobs whose outcome is known; `check --run` proves it on several seeds."""

    id: Id
    knobs: Annotated[dict[str, Scalar], _says("The rest stay at their defaults.")] = {}
    outcome: Annotated[Literal["pass", "fail"], _says("How it ends, on every seed.")]
    why: Annotated[str, _says("Why it ends so. Required for `fail`.")] = ""


class Run(Directive, frozen=True, kw_only=True, tag="run", tag_field="type"):
    """A network to train inside the lesson."""

    entry: Annotated[str, _says("`models.NAME:function`, or `file.py:function` in the course.")]
    title: Annotated[str, _says("What is trained, in a few words.")]
    goal: Annotated[str, _says("The target in words: `below 2.20 C: passed`.")]
    retry: Annotated[str, _says("After a fail: one next thing to try.")]
    device: Annotated[Literal["cpu", "auto"], _says("`auto` takes a GPU if there is one.")] = "cpu"
    limit: Limit = Limit()
    fixed: Annotated[tuple[str, ...], _says("Turning one of these makes a run practice.")] = ()
    knobs: dict[str, Knob] = {}
    plot: Annotated[tuple[Plot, ...], Meta(min_length=1)]
    expect: tuple[Expect, ...] = ()
    case: tuple[Case, ...] = ()
    uses: Annotated[str, _says("A `code` exercise whose file is handed to the entry.")] = ""
    nproc: Annotated[int, _says("Processes that train together."), Meta(ge=1)] = 1
    needs: Annotated[str, _says("A package that not everybody has, an extra such as `keras`.")] = ""


# --- code ---------------------------------------------------------------------------------------


class WrongFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A wrong solution that must be refused, and by which check."""

    file: Annotated[str, _says("A file in the lesson's folder.")]
    fails: Annotated[str, _says("The name of the check that must refuse it.")]
    why: Annotated[str, _says("The mistake in it.")]


class Code(Directive, frozen=True, kw_only=True, tag="code", tag_field="type"):
    """Code to write, in a file of the learner's own, checked in another process."""

    title: Annotated[str, _says("What to write, in a few words.")]
    start: Annotated[str, _says("The file that the learner begins with.")]
    check: Annotated[str, _says("The file with the checks.")]
    solution: Annotated[str, _says("A right answer; opens after a pass or a give-up.")]
    points: Annotated[float, _says("Shared out by the points of the checks."), Meta(gt=0)] = 4
    hints: Annotated[tuple[str, ...], _says("Opened one by one; recorded."), Meta(min_length=1)]
    wrong: tuple[WrongFile, ...] = ()
    seconds: Annotated[float, _says("Wall-clock limit of one check."), Meta(gt=0)] = 20
    topic: Annotated[str, _says("What it is about, for review.")] = ""


# --- predict, lab, reflect ----------------------------------------------------------------------


class PredictChoice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A recorded case to bet on."""

    case: Annotated[str, _says("The id of a case of the run.")]
    text: Annotated[str, _says("The bet in words.")] = ""
    correct: Annotated[bool, _says("Whether it is the case that is run.")] = False
    why: Annotated[str, _says("Why it is right or wrong; shown after the run.")]


class Predict(Directive, frozen=True, kw_only=True, tag="predict", tag_field="type"):
    """Commit to a curve, then see the real one."""

    run: Annotated[str, _says("The id of the run.")]
    prompt: Annotated[str, _says("What to bet on.")]
    mode: Annotated[Literal["choose", "sketch"], _says("Choose a curve, or draw one.")] = "choose"
    case: Annotated[str, _says("The case that is run once the learner has committed.")] = ""
    series: Annotated[str, _says("The curve that is meant.")] = ""
    choice: tuple[PredictChoice, ...] = ()
    points: Annotated[float, _says("What a right bet earns."), Meta(gt=0)] = 1


class Goal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule over a lab's state."""

    rule: Annotated[str, _says("Over what the instrument shows.")]
    points: Annotated[float, _says("What reaching it earns."), Meta(gt=0)] = 1
    why: Annotated[str, _says("What the goal means.")]


class Lab(Directive, frozen=True, kw_only=True, tag="lab", tag_field="type"):
    """A built-in instrument."""

    instrument: Annotated[
        Literal["merge-desk", "board-game", "convolution", "threshold-desk", "imitation"],
        _says("Which one."),
    ]
    title: Annotated[str, _says("What to do, in a few words.")]
    options: Annotated[dict[str, Any], _says("Of this instrument; see the list below.")] = {}
    goal: tuple[Goal, ...] = ()
    solution: Annotated[
        tuple[str, ...], _says("Keys that reach every goal; `check --run` presses them.")
    ] = ()


class Reflect(Directive, frozen=True, kw_only=True, tag="reflect", tag_field="type"):
    """A question for the lab notebook; never graded."""

    prompt: Annotated[str, _says("The question; markdown.")]


# --- the lesson ---------------------------------------------------------------------------------


class Prose(Struct, frozen=True, tag="prose", tag_field="type"):
    """A stretch of prose between two directives; at most one heading of level 1 or 2, first."""

    blocks: tuple[ProseBlock, ...]


Body = Prose | Quiz | Run | Code | Predict | Lab | Reflect


class Block(Struct, frozen=True):
    """A piece of a lesson and where it stands in its file."""

    body: Body
    line: int
    extra: bool = False
    """Not on the core path: under `## Going further`, `## Extra ...` or `## Sources`."""

    @property
    def id(self) -> str:
        """The directive's id; empty for prose."""
        return self.body.id if isinstance(self.body, Directive) else ""


class Lesson(Struct, frozen=True):
    """One lesson, parsed."""

    id: str
    title: str
    minutes: int
    blocks: tuple[Block, ...]
    folder: str
    """Path of the lesson's folder inside the course, with slashes."""
    requires: tuple[str, ...] = ()
    passing: float = 0.8
    """Share of the points that passes the lesson (`pass` in the front matter)."""
    words: int = 0
    takeaway: str = ""
    """What one knows afterwards, in one line of markdown."""

    def find(self, block_id: str) -> Body | None:
        """The directive of that id, or None."""
        return next((block.body for block in self.blocks if block.id == block_id), None)

    @property
    def questions(self) -> list[Quiz]:
        """Its questions, in their order."""
        return [block.body for block in self.blocks if isinstance(block.body, Quiz)]


def graded_points(body: Body) -> float:
    """The most a block can earn; 0 where it is not graded."""
    match body:
        case Run():
            return sum(expect.points for expect in body.expect)
        case Lab():
            return sum(goal.points for goal in body.goal)
        case Prose() | Reflect():
            return 0.0
        case _:
            return body.points
