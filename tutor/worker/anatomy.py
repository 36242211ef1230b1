"""The network taken apart: what each call of a layer takes, makes and costs.

One sample goes through it, in a pass that leaves no trace, while a mode of torch's sees every
operation and puts its cost down to the layer at work: attention written by hand is counted as well
as a layer's. On the meta device nothing is computed, and the figures are the same.

Every bias and activation is left out, as in `torch.utils.flop_counter`: what is counted are matrix
products, convolutions and attention, two operations for a multiply-add.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from tutor.core.network import Anatomy, Layer
from tutor.core.text import visible
from tutor.worker.passing import first_tensor, untouched

ROWS = 1000
"""Calls with a row of their own; a network that calls a cell for each place of a text has more."""

Made = Callable[[int, Tensor], None]
"""Told the number of a call and what it made, as soon as it has."""


class Call:
    """A layer while it is called, and afterwards."""

    def __init__(
        self, name: str, kind: str, depth: int, given: Tensor | None = None, number: int = 0
    ) -> None:
        self.name, self.kind, self.depth, self.number = name, kind, depth, number
        self.given = list(given.shape) if given is not None else []
        self.made: list[int] = []
        self.flops = self.made_bytes = 0
        self.parameters: list[Tensor] = []
        self.inside = False
        """Whether it called other layers."""


def take_apart(model: nn.Module, example: Tensor | None, made: Made | None = None) -> Anatomy:
    """A network call by call, as one sample goes through it.

    Args:
        model: The network, on any device; on `meta` nothing is computed.
        example: A batch of its input, samples first. Where a single one cannot go through alone, all
            of them do; without any the modules are only listed.
        made: Told of each tensor on the way.
    """
    if example is None:
        return _list(model)
    if example.dim() and example.shape[0] > 1:
        try:
            return _anatomy(model, _walk(model, example[:1], made), 1)
        except Exception:  # noqa: BLE001  # whatever a forward raises; alone it may not have had to
            pass
    samples = example.shape[0] if example.dim() else 1
    return _anatomy(model, _walk(model, example, made), samples)


def _walk(model: nn.Module, example: Tensor, made: Made | None) -> list[Call]:
    """Send the example through; the calls in their order."""
    calls: list[Call] = []
    at_work: list[Call] = []
    counts: dict[str, int] = {}
    recurrent = {name: _weights(layer) for name, layer in model.named_modules()}

    def begin(name: str, layer: nn.Module, given: Any, named: Any) -> None:
        counts[name] = counts.get(name, 0) + 1
        if at_work:
            at_work[-1].inside = True
        told = f"{name}#{counts[name]}" if counts[name] > 1 else name
        first = first_tensor(given)
        first = first_tensor(named) if first is None else first
        calls.append(Call(told, type(layer).__name__, len(at_work), first, len(calls)))
        at_work.append(calls[-1])

    def end(name: str, _layer: nn.Module, given: Any, result: Any) -> None:
        call, tensor = at_work.pop(), first_tensor(result)
        if recurrent[name] and (first := first_tensor(given)) is not None:
            # One kernel does all of it on some devices, many small products on others.
            call.flops = 2 * recurrent[name] * (first.numel() // max(1, first.shape[-1]))
        if tensor is not None:
            call.made = list(tensor.shape)
            call.made_bytes = 0 if call.inside else tensor.numel() * tensor.element_size()
            if made is not None and call.number < ROWS:
                made(call.number, tensor)

    with untouched(model, example) as send, _Counting(at_work):
        for name, layer in model.named_modules():
            layer.register_forward_pre_hook(partial(begin, name), with_kwargs=True)
            layer.register_forward_hook(partial(end, name))
        send()
    return calls


def _weights(layer: nn.Module) -> int:
    """Numbers in the matrices of a recurrent layer, each used once at every place; else 0."""
    if not isinstance(layer, nn.RNNBase):
        return 0
    return sum(each.numel() for each in layer.parameters() if each.dim() == 2)


def _anatomy(model: nn.Module, calls: list[Call], samples: int) -> Anatomy:
    """The calls as they are told, each parameter with the call that uses it first."""
    first = {call.name: call for call in reversed(calls)}
    for name, parameter in model.named_parameters():
        owner = name.rpartition(".")[0]
        # A module that is never called lends its parameters to one that is, around it.
        while owner not in first and owner:
            owner = owner.rpartition(".")[0]
        first[owner].parameters.append(parameter)
    rows = [_row(call) for call in calls]
    return _total(rows, samples)


def _list(model: nn.Module) -> Anatomy:
    """The modules as they were registered, where there is nothing to send through."""
    rows = []
    for name, layer in model.named_modules():
        call = Call(name, type(layer).__name__, name.count(".") + 1 if name else 0)
        call.parameters = list(layer.parameters(recurse=False))
        rows.append(_row(call))
    return _total(rows, 0)


def _row(call: Call) -> Layer:
    return Layer(
        name=visible(call.name),
        kind=visible(call.kind),
        depth=call.depth,
        given=call.given,
        made=call.made,
        parameters=sum(each.numel() for each in call.parameters),
        flops=call.flops,
        parameter_bytes=sum(each.numel() * each.element_size() for each in call.parameters),
        made_bytes=call.made_bytes,
    )


def _total(rows: list[Layer], samples: int) -> Anatomy:
    return Anatomy(
        layers=rows[:ROWS],
        samples=samples,
        parameters=sum(row.parameters for row in rows),
        flops=sum(row.flops for row in rows),
        parameter_bytes=sum(row.parameter_bytes for row in rows),
        made_bytes=sum(row.made_bytes for row in rows),
        left_out=max(0, len(rows) - ROWS),
    )


# --- operations ---------------------------------------------------------------------------------------


class _Counting(TorchDispatchMode):
    """Puts down what every operation costs to the layer at work."""

    def __init__(self, at_work: list[Call]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it without types
        self._at_work = at_work

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        cost = _COSTS.get(func.overloadpacket)
        if cost is not None and self._at_work:
            self._at_work[-1].flops += cost(args, made)
        return made


def _product(place: int) -> Callable[[Any, Any], int]:
    """Of matrices: two for each number made and each one it is summed over."""
    return lambda args, made: int(2 * made.numel() * args[place].shape[-2])


def _vector(place: int) -> Callable[[Any, Any], int]:
    return lambda args, _made: int(2 * args[place].numel())


def _convolution(args: Any, made: Any) -> int:
    """Each weight is used at every place: of what is made, or of what is taken where transposed."""
    taken, weight, transposed = args[0], args[1], args[6]
    places = (taken if transposed else made).shape
    return int(2 * weight.numel() * places[0] * math.prod(places[2:]))


def _attention(args: Any, made: Any) -> int:
    """Queries times keys, then shares times values; a mask spares nothing here."""
    query, key = args[0], args[1]
    return int(2 * key.shape[-2] * (query.numel() + made[0].numel()))


_ATTENTION = (
    "flash_attention",
    "flash_attention_for_cpu",
    "efficient_attention",
    "cudnn_attention",
    "fused_attention_overrideable",
)
"""Kernels of attention; elsewhere it is made of matrix products."""


def _costs() -> Iterator[tuple[Any, Callable[[Any, Any], int]]]:
    aten = torch.ops.aten
    yield aten.mm, _product(1)
    yield aten.bmm, _product(1)
    yield aten.addmm, _product(2)
    yield aten.baddbmm, _product(2)
    yield aten.mv, _vector(0)
    yield aten.dot, _vector(0)
    yield aten.addmv, _vector(1)
    yield aten.convolution, _convolution
    for name in _ATTENTION:
        if hasattr(aten, f"_scaled_dot_product_{name}"):
            yield getattr(aten, f"_scaled_dot_product_{name}"), _attention


_COSTS = dict(_costs())
