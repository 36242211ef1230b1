"""Looking into a network while it trains, without touching the training.

Through `Start` the worker has the model, its optimiser and an example batch. Once the first reading
is out it takes the network apart. Twice a second it reads how large the gradient is, how far the
weights moved, and how many ReLU units are dead, and at most once a second how the numbers of each
layer are spread; after a single step, asked for by hand, all of it tensor by tensor. Everything is
read between two readings, and the example goes through copies of the tensors: whatever a pass draws,
counts or writes is put back.
"""

import contextlib
import math
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import chain, islice

import torch
from torch import Tensor, nn

from models.reading import Picture, Start
from tutor.core.network import Anatomy, Gradients
from tutor.core.protocol import ActivationRow, Event, StepDetail, TensorRow, Vitals
from tutor.core.text import visible
from tutor.worker.anatomy import take_apart
from tutor.worker.events import EventLog, Gallery, numbers
from tutor.worker.histograms import Clock, histograms
from tutor.worker.passing import listen
from tutor.worker.walking import walk

SECONDS = 0.5
"""Between two looks; a look costs two steps a little."""
SHARE = 0.01
"""Of the time, at most so much is spent on looking: a large network is looked at less often."""
ROWS = 100
"""Parameters, and layers, told of a single step; a learner reads no more."""
LEAST_VALUES = 4
"""With fewer values of a unit than this, all of them are zero by luck too often."""
HALVES = (torch.float16, torch.bfloat16)


class Probe:
    """Looks at one network. Whatever goes wrong here ends the looking and never the run.

    What a step changed takes two readings: the parameters are copied after the one before it and
    compared after it, so that only two steps in a while pay.
    """

    def __init__(self, start: Start, log: EventLog, gallery: Gallery | None = None) -> None:
        self._log = log
        self._gallery = gallery
        self._clock = Clock()
        self._anatomy: Anatomy | None = None
        self._asked = False
        """Whether somebody waits for the gradient of the coming step."""
        # A compiled network would be compiled anew for the hooks; what it was made from will do.
        self._model = getattr(start.model, "_orig_mod", start.model)
        self._example = start.example
        self._planned = start.total_steps or 0
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
        if now < self._next and not single and step != self._planned - 1:
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
        known = before if step == self._step + 1 else {}
        self._tell(step, known, single=single, last=step == self._planned)

    def finish(self, step: int) -> None:
        """Tell how the network stands at the end of its run, unless that was told."""
        if self._model is not None and step > self._told:
            self._tell(step, {}, single=False, last=True)

    def introduce(self) -> None:
        """Tell of the network layer by layer, once."""
        model = self._model
        if model is None or self._anatomy is not None:
            return
        with self._harmless():
            self._anatomy = take_apart(model, self._example)
        if self._anatomy is None:
            # What cannot be passed through can still be listed.
            self._anatomy = take_apart(model, None)
        self._log.write(self._anatomy)

    def walk(self, step: int) -> bool:
        """Send one sample through the network and keep every tensor on its way as a picture.

        Unless this step was looked at the coming one is, so that there is a gradient to go with it.

        Returns:
            Whether there was a network and a sample.
        """
        model, example, found = self._model, self._example, None
        if step > self._told:
            self._next, self._asked = -math.inf, True
        if model is None or example is None:
            return False
        # Where a full disk has no room for these pictures, the training is still worth its end.
        with self._harmless(), contextlib.suppress(OSError):
            found = walk(model, example, step, self._log.folder)
        if found is None:
            return False
        anatomy, walked = found
        if anatomy != self._anatomy:  # another way through it than the one that was told
            self._anatomy = anatomy
            self._log.write(anatomy)
        self._log.write(walked)
        return True

    def _tell(self, step: int, before: dict[str, Tensor], *, single: bool, last: bool) -> None:
        model, began, found = self._model, time.perf_counter(), list[Event]()
        assert model is not None, "checked by who asks"
        spread: dict[str, Picture] = {}
        with self._harmless():
            vitals, gradients = _measure(model, self._example, step, before)
            found.append(vitals)
            if single:
                found.append(_detail(model, self._example, step, before))
            due = last or self._clock.due(began, wanted=single or self._asked)
            if self._gallery is not None and due:
                found.append(gradients)
                spread = histograms(model, self._example)
        self._asked = False
        # A full disk is the run's business and not the network's: outside.
        for event in found:
            self._log.write(event)
        if self._gallery is not None:
            self._gallery.add(step, spread)
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
) -> tuple[Vitals, Gradients]:
    """The network after a step, in one move of numbers from its device."""
    sloped = {name: _dense(each.grad) for name, each in _trained(model) if each.grad is not None}
    now = {name: each for name, each in _trained(model) if name in before}
    dead = _dead(model, example)
    values = iter(
        _floats(
            [
                *_norms(list(sloped.values())),
                *_norms([before[name] for name in now]),
                *_norms([each.detach() - before[name] for name, each in now.items()]),
                *chain.from_iterable(dead),
            ]
        )
    )
    gradients, weights, updates = (
        dict(zip(names, islice(values, len(names)), strict=True)) for names in (sloped, now, now)
    )
    units = list(values)
    norm = math.hypot(*gradients.values()) if gradients else None
    ratios = [updates[name] / weights[name] for name in now if weights[name] > 0]
    vitals = Vitals(
        step,
        gradient_norm=_finite(norm),
        update_ratio=_finite(statistics.median_high(ratios)) if ratios else None,
        dead_relus=sum(units[::2]) / sum(units[1::2]) if dead else None,
        exploded=norm is not None and not math.isfinite(norm),
    )
    return vitals, _by_module(model, step, gradients, weights, updates)


def _by_module(
    model: nn.Module,
    step: int,
    gradients: dict[str, float],
    weights: dict[str, float],
    updates: dict[str, float],
) -> Gradients:
    """Norms of parameters as those of the modules that they belong to."""
    owned: dict[str, list[str]] = {}
    for name, _ in _trained(model):
        owned.setdefault(name.rpartition(".")[0], []).append(name)

    def norm(of: dict[str, float], names: list[str]) -> float | None:
        known = [of[name] for name in names if name in of]
        return _finite(math.hypot(*known)) if known else None

    ratios = []
    for names in owned.values():
        weight, update = norm(weights, names), norm(updates, names)
        ratios.append(_finite(update / weight) if weight and update is not None else None)
    norms = [norm(gradients, names) for names in owned.values()]
    return Gradients(step, [visible(name) for name in owned], norms, ratios)


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
        listen(model, example, lambda layer: not any(layer.children()), note)
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

    listen(model, example, lambda layer: isinstance(layer, nn.ReLU), note)
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
