"""Looking into a network while it trains, without touching the training.

Through `Start` the worker has the model, its optimiser and an example batch. Twice a second it reads
how large the gradient is, how far the weights moved, and how many ReLU units are dead; after a single
step, asked for by hand, all of it tensor by tensor. Everything is read between two readings; the
random generators, batch statistics and training flags are put back as they were.
"""

import contextlib
import math
import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from models.reading import Start
from tutor.core.protocol import ActivationRow, StepDetail, TensorRow, Vitals
from tutor.core.text import visible
from tutor.worker.events import EventLog

SECONDS = 0.5
"""Between two looks; a look costs two steps a little."""
ROWS = 200
"""Tensors told of a single step; a learner reads no more."""


class Probe:
    """Looks at one network. Whatever goes wrong here ends the looking and never the run."""

    def __init__(self, start: Start, log: EventLog) -> None:
        self._log = log
        self._model = start.model
        self._example = start.example
        self._before: list[Tensor] | None = None
        self._looked = -math.inf
        self._step = 0

    @property
    def prepared(self) -> bool:
        """Whether the step that was just taken is to be looked at."""
        return self._before is not None

    def prepare(self, now: float, step: int, *, single: bool = False) -> None:
        """Remember the weights after a step, where the coming one is to be looked at."""
        if self._model is None or not (single or now - self._looked >= SECONDS):
            return
        self._looked, self._step = now, step
        with self._harmless(), torch.no_grad():
            assert self._model is not None, "checked above"
            self._before = [each.detach().clone() for each in self._model.parameters()]

    def look(self, step: int, *, single: bool = False) -> None:
        """Tell what the step did, if it was prepared for and was one."""
        if step <= self._step:
            return
        before, self._before = self._before, None
        if self._model is None or before is None:
            return
        with self._harmless(), torch.no_grad():
            assert self._model is not None, "checked above"
            parameters = list(self._model.named_parameters())
            norms = _norms(parameters, before)
            self._log.write(self._vitals(step, norms))
            if single:
                self._log.write(self._detail(step, parameters, norms))

    @contextlib.contextmanager
    def _harmless(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            raise  # the record itself cannot be written: that is the run's affair
        except Exception as error:  # noqa: BLE001  # a learner's forward may raise anything
            self._model = None
            words = visible(f"{type(error).__name__}: {error}".split("\n")[0])
            sys.stderr.write(f"The network cannot be looked into: {words}\n")

    # --- the figures ----------------------------------------------------------------------------------

    def _vitals(self, step: int, norms: "list[_Norms]") -> Vitals:
        gradients = [each.gradient for each in norms if each.gradient is not None]
        total = math.sqrt(sum(each * each for each in gradients)) if gradients else None
        exploded = total is not None and not math.isfinite(total)
        ratios = sorted(each.ratio for each in norms if each.ratio is not None)
        return Vitals(
            step=step,
            gradient_norm=_finite(total),
            update_ratio=ratios[len(ratios) // 2] if ratios else None,
            dead_relus=self._dead(),
            exploded=exploded,
        )

    def _dead(self) -> float | None:
        """The share of ReLU units that are 0 for every sample of the example."""
        dead = units = 0
        for _, layer, output in self._outputs(nn.ReLU):
            del layer
            if output.dim() >= 2:
                others = [0, *range(2, output.dim())]
                dead += int((output.amax(others) <= 0).sum())
                units += output.shape[1]
        return dead / units if units else None

    def _detail(
        self, step: int, parameters: list[tuple[str, nn.Parameter]], norms: "list[_Norms]"
    ) -> StepDetail:
        rows = [
            TensorRow(
                visible(name),
                list(tensor.shape),
                _finite(each.weight),
                _finite(each.gradient),
                each.ratio,
            )
            for (name, tensor), each in zip(parameters, norms, strict=True)
        ]
        layers = [
            ActivationRow(
                visible(name),
                type(layer).__name__,
                list(output.shape),
                _finite(float(output.float().mean())),
                _finite(float(output.float().std(correction=0))),
            )
            for name, layer, output in self._outputs(nn.Module)
        ]
        return StepDetail(step, rows[:ROWS], layers[:ROWS])

    def _outputs(self, kind: type[nn.Module]) -> list[tuple[str, nn.Module, Tensor]]:
        """What the layers of a kind that have no layers in them make of the example."""
        model, example = self._model, self._example
        if model is None or example is None:
            return []
        found: list[tuple[str, nn.Module, Tensor]] = []

        def keep(name: str) -> Any:
            def hook(layer: nn.Module, _: Any, output: Any) -> None:
                if isinstance(output, Tensor):
                    found.append((name, layer, output.detach()))

            return hook

        leaves = [
            (name, layer)
            for name, layer in model.named_modules()
            if isinstance(layer, kind) and not any(layer.children())
        ]
        if not leaves:
            return []
        handles = [layer.register_forward_hook(keep(name)) for name, layer in leaves]
        training = [(layer, layer.training) for layer in model.modules()]
        devices = [example.device] if example.device.type == "cuda" else []
        try:
            # In `eval` no dropout is drawn and no running mean moves.
            model.eval()
            with torch.random.fork_rng(devices=devices):
                model(example)
        finally:
            for layer, flag in training:
                layer.training = flag
            for handle in handles:
                handle.remove()
        return found


class _Norms:
    """Euclidean norms of one parameter, of its gradient, and of its last update over its own."""

    def __init__(self, weight: float, gradient: float | None, before: float, update: float) -> None:
        self.weight = weight
        self.gradient = gradient
        ratio = update / before if before > 0 else math.nan
        self.ratio = ratio if math.isfinite(ratio) else None


def _norms(parameters: list[tuple[str, nn.Parameter]], before: list[Tensor]) -> list[_Norms]:
    """All norms, brought over from the device in one go."""
    rows = []
    for (_, now), old in zip(parameters, before, strict=True):
        gradient = now.grad if now.grad is not None else torch.full((), math.nan)
        rows += [now.norm(), gradient.norm(), old.norm(), (now - old).norm()]
    if not rows:
        return []
    device = parameters[0][1].device
    values = torch.stack([row.to(device, torch.float64) for row in rows]).tolist()
    return [
        _Norms(
            values[4 * index],
            values[4 * index + 1] if parameter.grad is not None else None,
            values[4 * index + 2],
            values[4 * index + 3],
        )
        for index, (_, parameter) in enumerate(parameters)
    ]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
