"""Looking into a network while it trains, without touching the training.

Through `Start` the worker has the model, its optimiser and an example batch. Twice a second it reads
how large the gradient is, how far the weights moved, and how many ReLU units are dead; after a single
step, asked for by hand, all of it tensor by tensor. Everything is read between two readings, and the
example goes through copies of the tensors: whatever a pass draws, counts or writes is put back.
"""

import contextlib
import math
import random
import statistics
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from models.reading import Start
from tutor.core.protocol import ActivationRow, Event, StepDetail, TensorRow, Vitals
from tutor.core.text import visible
from tutor.worker.events import EventLog, numbers

SECONDS = 0.5
"""Between two looks; a look costs two steps a little."""
SHARE = 0.01
"""Of the time, at most so much is spent on looking: a large network is looked at less often."""
ROWS = 100
"""Parameters, and layers, told of a single step; a learner reads no more."""
LEAST_VALUES = 4
"""With fewer values of a unit than this, all of them are zero by luck too often."""
HALVES = (torch.float16, torch.bfloat16)

Note = Callable[[str, nn.Module, Tensor], None]


class Probe:
    """Looks at one network. Whatever goes wrong here ends the looking and never the run.

    What a step changed takes two readings: the parameters are copied after the one before it and
    compared after it, so that only two steps in a while pay.
    """

    def __init__(self, start: Start, log: EventLog) -> None:
        self._log = log
        # A compiled network would be compiled anew for the hooks; what it was made from will do.
        self._model = getattr(start.model, "_orig_mod", start.model)
        self._example = start.example
        self._last_but_one = (start.total_steps or 0) - 1
        self._before: dict[str, Tensor] | None = None
        self._next = -math.inf
        self._copying = self._rest = 0.0
        self._step = 0
        self._told = 0

    @property
    def prepared(self) -> bool:
        """Whether the step that was just taken is to be looked at."""
        return self._before is not None

    def prepare(self, now: float, step: int, *, single: bool = False) -> None:
        """Remember the weights after a step, where the coming one is to be looked at.

        Args:
            now: `time.perf_counter()`.
            step: Optimiser steps done.
            single: Whether the coming step is a single one, which is always looked at; the last of
                a run is too.
        """
        if now < self._next and not single and step != self._last_but_one:
            return
        model = self._model
        if model is None:
            return
        began = time.perf_counter()
        self._next, self._step = now + max(SECONDS, self._rest), step
        with self._harmless():
            self._before = {name: each.detach().clone() for name, each in _trained(model)}
        self._copying = time.perf_counter() - began

    def look(self, step: int, *, single: bool = False) -> None:
        """Tell what the step did, if it was prepared for and was one."""
        if step <= self._step:
            return
        before, self._before = self._before, None
        if self._model is None or before is None:
            return
        # Of several steps at once the last update is not known.
        self._tell(step, before if step == self._step + 1 else {}, single=single)

    def finish(self, step: int) -> None:
        """Tell how the network stands at the end of its run, unless that was told."""
        if self._model is not None and step > self._told:
            self._tell(step, {}, single=False)

    def _tell(self, step: int, before: dict[str, Tensor], *, single: bool) -> None:
        model, began, found = self._model, time.perf_counter(), list[Event]()
        assert model is not None, "checked by who asks"
        with self._harmless():
            found.append(_measure(model, self._example, step, before))
            if single:
                found.append(_detail(model, self._example, step, before))
        # A full disk is the run's business and not the network's: outside.
        for event in found:
            self._log.write(event)
        cost = self._copying + time.perf_counter() - began
        # The first look pays for what is made once; single steps are waited for by hand.
        if self._told and not single:
            self._rest = cost / SHARE
        self._told = step

    @contextlib.contextmanager
    def _harmless(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            raise  # the record itself cannot be written: that is the run's affair
        except Exception as error:  # noqa: BLE001  # a learner's forward may raise anything
            self._model = self._example = self._before = None
            words = visible(f"{type(error).__name__}: {error}".split("\n")[0])
            sys.stderr.write(f"The network cannot be looked into: {words}\n")


# --- tensors ----------------------------------------------------------------------------------------


def _measure(
    model: nn.Module, example: Tensor | None, step: int, before: dict[str, Tensor]
) -> Vitals:
    """The network after a step, in one move of numbers from its device."""
    gradients = _norms([_dense(each.grad) for _, each in _trained(model) if each.grad is not None])
    now = {name: each for name, each in _trained(model) if name in before}
    weights = _norms([before[name] for name in now])
    updates = _norms([each.detach() - before[name] for name, each in now.items()])
    dead = _dead(model, example)
    values = _floats([*gradients, *weights, *updates, *chain.from_iterable(dead)])
    gradient = values[: len(gradients)]
    weight = values[len(gradients) :][: len(weights)]
    update = values[len(gradients) + len(weights) :][: len(weights)]
    units = values[len(values) - 2 * len(dead) :]
    norm = math.hypot(*gradient) if gradient else None
    ratios = [u / w for u, w in zip(update, weight, strict=True) if w > 0]
    return Vitals(
        step,
        gradient_norm=_finite(norm),
        update_ratio=_finite(statistics.median_high(ratios)) if ratios else None,
        dead_relus=sum(units[::2]) / sum(units[1::2]) if dead else None,
        exploded=norm is not None and not math.isfinite(norm),
    )


def _detail(
    model: nn.Module, example: Tensor | None, step: int, before: dict[str, Tensor]
) -> StepDetail:
    """Every parameter and every layer after a single step, as far as they are not too many."""
    rows = []
    for name, each in islice(model.named_parameters(), ROWS):
        old = before.get(name)
        gradient = None if each.grad is None else _norm(_dense(each.grad))
        ratio = None
        if old is not None and (size := _norm(old)) > 0:
            ratio = _finite(_norm(each.detach() - old) / size)
        rows.append(
            TensorRow(
                visible(name), list(each.shape), _finite(_norm(each)), _finite(gradient), ratio
            )
        )
    return StepDetail(step, rows, _activations(model, example))


def _activations(model: nn.Module, example: Tensor | None) -> list[ActivationRow]:
    """What each layer makes of the example; of a layer used twice, the last time."""
    seen: dict[str, ActivationRow] = {}

    def note(name: str, layer: nn.Module, made: Tensor) -> None:
        if name not in seen and len(seen) >= ROWS:
            return
        kind, values = type(layer).__name__, made.detach().float()
        row = ActivationRow(visible(name or kind), kind, list(made.shape))
        if made.numel():
            mean, deviation = _floats([values.mean(), values.std(correction=0)])
            row = ActivationRow(row.name, kind, row.shape, _finite(mean), _finite(deviation))
        seen[name] = row

    if example is not None:
        _pass_through(model, example, lambda layer: not any(layer.children()), note)
    return list(seen.values())


def _dead(model: nn.Module, example: Tensor | None) -> list[tuple[Tensor, Tensor]]:
    """For each ReLU how many of its units are zero for every sample, and how many it has.

    A unit is a channel of a convolution, with all its places, or a feature.
    """
    found: list[tuple[Tensor, Tensor]] = []
    if example is None or not any(isinstance(layer, nn.ReLU) for layer in model.modules()):
        return found
    # Three dimensions are (samples, places, features), but (samples, channels, places) for these.
    lines = any(isinstance(layer, nn.Conv1d) for layer in model.modules())

    def note(_name: str, _layer: nn.Module, made: Tensor) -> None:
        if made.dim() < 2:
            return
        axis = -1 if made.dim() == 3 and not lines else 1
        # What is not a number is not zero: that is another ailment.
        awake = (made != 0).movedim(axis, 0).flatten(1)
        if awake.shape[1] < LEAST_VALUES:
            return
        alive = awake.any(1)
        units = torch.full((), alive.numel(), dtype=torch.float32, device=made.device)
        found.append((units - alive.sum(), units))

    _pass_through(model, example, lambda layer: isinstance(layer, nn.ReLU), note)
    return found


def _trained(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, each) for name, each in model.named_parameters() if each.requires_grad)


def _dense(gradient: Tensor) -> Tensor:
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def _norms(tensors: list[Tensor]) -> list[Tensor]:
    """Euclidean norms, still on the device."""
    # The square of a gradient easily leaves the range of half precision.
    wide = [each.detach().float() if each.dtype in HALVES else each.detach() for each in tensors]
    return list(torch._foreach_norm(wide)) if wide else []


def _norm(tensor: Tensor) -> float:
    return _floats(_norms([tensor]))[0]


def _floats(tensors: list[Tensor]) -> list[float]:
    return [math.nan if value is None else value for value in numbers(tensors)]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


# --- a pass that leaves no trace ----------------------------------------------------------------------


def _pass_through(
    model: nn.Module, example: Tensor, wanted: Callable[[nn.Module], bool], note: Note
) -> None:
    """Send the example through the network as it is used, not trained, and note what layers make.

    The pass sees copies of the batch, the parameters and the buffers, so that nothing a layer does
    in place lasts; attributes of the layers and the random generators are put back.
    """
    tensors = chain(model.named_parameters(), model.named_buffers())
    copies = {name: each.detach().clone() for name, each in tensors}
    with _as_it_was(model), _same_chance(example.device), torch.no_grad():
        for name, layer in model.named_modules():
            # Hooks of the run's own would take this pass for one of training.
            layer.__dict__.update(training=False, _forward_hooks=OrderedDict())
            if wanted(layer):
                layer.register_forward_hook(partial(_hear, name, note))
        functional_call(model, copies, (example.detach().clone(),))


def _hear(name: str, note: Note, layer: nn.Module, _given: Any, made: Any) -> None:
    first = made[0] if isinstance(made, tuple) and made else made
    if isinstance(first, Tensor):
        note(name, layer, first)


@contextlib.contextmanager
def _as_it_was(model: nn.Module) -> Iterator[None]:
    """Put back every attribute of every layer: training or not, hooks, what a pass remembers."""
    kept = [(layer, dict(layer.__dict__)) for layer in model.modules()]
    try:
        yield
    finally:
        for layer, attributes in kept:
            layer.__dict__.clear()
            layer.__dict__.update(attributes)


@contextlib.contextmanager
def _same_chance(device: torch.device) -> Iterator[None]:
    """Put back the random generators of torch, of the device, of Python and of numpy."""
    far = None if device.type == "cpu" else torch.get_device_module(device)
    numpy = sys.modules.get("numpy")
    state, own = torch.get_rng_state(), random.getstate()
    far_state = far.get_rng_state() if far else None
    numpy_state = numpy.random.get_state() if numpy else None
    try:
        yield
    finally:
        torch.set_rng_state(state)
        random.setstate(own)
        if far:
            far.set_rng_state(far_state)
        if numpy:
            numpy.random.set_state(numpy_state)
