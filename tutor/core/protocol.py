"""What crosses the process border: requests, commands and events, as closed unions.

A run is a folder. `request.json` says what to do, `events.jsonl` is the one source of truth of
what happened, `control.jsonl` takes commands, `log.txt` holds whatever was printed.
JSON has no NaN: a non-finite value is null, and `Readings.bad` says which it was.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from tutor.core.lesson import Scalar
from tutor.core.network import Anatomy, Gradients, Walked

PROTOCOL = 1


class Request(Struct, frozen=True, kw_only=True, tag_field="kind", tag="run"):
    """`request.json` of a training run."""

    run: str
    """The run's id, also its folder's name."""
    course: str
    exercise: str
    lesson: str = ""
    entry: str
    """`models.NAME:function`, or `path/to/file.py:function` with an absolute path."""
    knobs: dict[str, Scalar] = {}
    seed: int = 0
    device: str = "cpu"
    """`cpu`, `cuda:1`, `mps`, the UUID of a GPU; `auto:` before it lets the run fall back to the CPU."""
    steps: int | None = None
    seconds: float = 60
    learner: str = ""
    """Absolute path of the learner's file handed to the entry, or empty."""
    nonce: str
    graded: bool = True
    created: float
    """Seconds since the epoch (UTC)."""
    resumes: str = ""
    """Absolute path of the folder of a run that broke off and whose checkpoint this one goes on from."""
    nproc: int = 1
    """Processes that train together; more than one is data-parallel."""
    code: str = ""
    """Hash of the exercise's code, and of the learner's where it has a part."""


class CheckRequest(Struct, frozen=True, kw_only=True, tag_field="kind", tag="check"):
    """`request.json` of a code check."""

    run: str
    course: str
    exercise: str
    lesson: str = ""
    learner: str
    """Absolute path of the file under test."""
    check: str
    """Absolute path of the check file."""
    solution: str = ""
    """Absolute path of the solution, which the learner's file may not open."""
    seed: int = 0
    seconds: float = 20
    nonce: str
    created: float


AnyRequest = Request | CheckRequest

# --- commands: UI to run, through control.jsonl ---------------------------------------------------


Do = Literal["pause", "resume", "step", "stop", "set", "walk"]


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `control.jsonl`."""

    id: str
    sender: str
    do: Do
    knob: str = ""
    value: Scalar | None = None


# --- events: run to everybody, through events.jsonl ------------------------------------------------


class Hello(Struct, frozen=True, tag_field="t", tag="hello"):
    """First line: which process this is. Pid, start ticks, boot id and host tell live from dead."""

    protocol: int
    pid: int
    host: str
    boot: str
    ticks: int
    device: str
    torch: str
    at: float


class Stage(Struct, frozen=True, tag_field="t", tag="stage"):
    """A named wait, so that no second is unexplained: `import`, `data`, `first step`."""

    name: str
    seconds: float
    """Seconds since the process began its work."""


class Started(Struct, frozen=True, tag_field="t", tag="start"):
    """What the run said of itself before its first step."""

    total_steps: int | None = None
    samples_per_step: int | None = None
    steps_per_epoch: int | None = None
    parameters: int | None = None


class Readings(Struct, frozen=True, tag_field="t", tag="readings"):
    """A flush of readings, columnar: one column per series, null where it was not read."""

    step: list[int]
    s: dict[str, list[float | None]]
    elapsed: float
    """Seconds of training so far, pauses left out."""
    bad: list[tuple[str, int, Literal["nan", "inf", "-inf"]]] = []
    """(series, index into `step`, kind) of each non-finite value."""


class PictureSaved(Struct, frozen=True, tag_field="t", tag="picture"):
    """A picture was written to `file` in the run's folder."""

    step: int
    name: str
    role: str
    file: str


class Ack(Struct, frozen=True, tag_field="t", tag="ack"):
    """A command was carried out at this step."""

    command: str
    sender: str
    do: str
    step: int
    ok: bool = True
    note: str = ""


class KnobTurned(Struct, frozen=True, tag_field="t", tag="knob"):
    """A live knob changed after this step."""

    step: int
    name: str
    value: Scalar


class Resumed(Struct, frozen=True, tag_field="t", tag="resumed"):
    """The run goes on after this step from the checkpoint of a run that broke off.

    The readings up to that step are copied into this run's record before it.
    """

    run: str
    step: int


class CheckpointSaved(Struct, frozen=True, tag_field="t", tag="checkpoint"):
    """Everything needed to go on after this step is on the disk."""

    step: int
    seconds: float
    """What writing it cost."""


class Vitals(Struct, frozen=True, tag_field="t", tag="vitals"):
    """The state of the network after a step, taken now and then; None where it cannot be told.

    A norm that is not finite is None too, and `exploded` is true.
    """

    step: int
    gradient_norm: float | None = None
    """Euclidean norm of the gradient over all parameters."""
    update_ratio: float | None = None
    """Median over the parameters of the norm of the last update over the norm of the weights."""
    dead_relus: float | None = None
    """Share of the units behind a ReLU that are zero for every sample of the example batch."""
    exploded: bool = False


class TensorRow(Struct, frozen=True):
    """One parameter after a single step. Norms are Euclidean; None where not finite or not known."""

    name: str
    shape: list[int]
    norm: float | None = None
    gradient_norm: float | None = None
    update_ratio: float | None = None
    """Norm of what the step changed over the norm of the tensor before it."""


class ActivationRow(Struct, frozen=True):
    """What one layer makes of the example batch."""

    name: str
    kind: str
    shape: list[int]
    mean: float | None = None
    deviation: float | None = None


class StepDetail(Struct, frozen=True, tag_field="t", tag="detail"):
    """What a single step, asked for with `step`, did to the network."""

    step: int
    parameters: list[TensorRow]
    activations: list[ActivationRow] = []


class CheckResult(Struct, frozen=True, kw_only=True, tag_field="t", tag="check"):
    """What one check found."""

    name: str
    passed: bool
    points: float
    hidden: bool = False
    message: str = ""
    expected: str = ""
    actual: str = ""
    seconds: float = 0


class Finished(Struct, frozen=True, kw_only=True, tag_field="t", tag="finished"):
    """The run came to its end and says so with its nonce; without this line nothing is passed."""

    reason: Literal["done", "stopped", "steps", "time"]
    step: int
    seconds: float
    nonce: str
    checks: int = 0
    """How many checks really ran, for a code check."""


class Failed(Struct, frozen=True, kw_only=True, tag_field="t", tag="failed"):
    """The run ended with an error of its own."""

    title: str
    hint: str = ""
    trace: str = ""
    """The learner's part of the traceback; `log.txt` has the whole."""
    step: int = 0
    nonce: str = ""


Event = (
    Hello
    | Stage
    | Started
    | Readings
    | PictureSaved
    | Ack
    | KnobTurned
    | Resumed
    | CheckpointSaved
    | Vitals
    | StepDetail
    | Anatomy
    | Gradients
    | Walked
    | CheckResult
    | Finished
    | Failed
)

encode = msgspec.json.Encoder().encode
_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_command = msgspec.json.Decoder(Command)
_request: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)


def decode_event(line: bytes) -> Event:
    """Decode a line of `events.jsonl`. Raises msgspec.DecodeError on anything else."""
    return _event.decode(line)


def decode_command(line: bytes) -> Command:
    """Decode a line of `control.jsonl`. Raises msgspec.DecodeError on anything else."""
    return _command.decode(line)


def decode_request(text: bytes) -> AnyRequest:
    """Decode `request.json`. Raises msgspec.DecodeError on anything else."""
    return _request.decode(text)


# --- the warm worker's own pipe ---------------------------------------------------------------------


class Fork(Struct, frozen=True, tag_field="t", tag="fork"):
    """stdin of the warm worker: run the folder's request in a child of its own."""

    folder: str


class Quit(Struct, frozen=True, tag_field="t", tag="quit"):
    """stdin of the warm worker: end; runs go on."""


class Warming(Struct, frozen=True, tag_field="t", tag="warming"):
    """stdout of the warm worker: what it is busy with."""

    name: str
    seconds: float


class Warm(Struct, frozen=True, tag_field="t", tag="warm"):
    """stdout of the warm worker: ready to fork."""

    protocol: int
    pid: int
    torch: str
    seconds: float


class Forked(Struct, frozen=True, tag_field="t", tag="forked"):
    """stdout of the warm worker: the run process is there."""

    folder: str
    pid: int


class Exited(Struct, frozen=True, tag_field="t", tag="exited"):
    """stdout of the warm worker: a run process ended; code < 0 is minus the signal."""

    folder: str
    pid: int
    code: int


ToWorker = Fork | Quit
FromWorker = Warming | Warm | Forked | Exited
_to_worker: msgspec.json.Decoder[ToWorker] = msgspec.json.Decoder(ToWorker)
_from_worker: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)


def decode_to_worker(line: bytes) -> ToWorker:
    """Decode a line of the warm worker's stdin."""
    return _to_worker.decode(line)


def decode_from_worker(line: bytes) -> FromWorker:
    """Decode a line of the warm worker's stdout."""
    return _from_worker.decode(line)
