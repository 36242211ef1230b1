"""A pass through a network that leaves no trace: how the worker looks at layers while they train."""

import contextlib
import random
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

Note = Callable[[str, nn.Module, Tensor], None]


def listen(
    model: nn.Module, example: Tensor, wanted: Callable[[nn.Module], bool], note: Note
) -> None:
    """Send the example through the network as it is used, not trained, and note what layers make.

    Args:
        model: The network.
        example: One batch of its input.
        wanted: Which layers are listened to.
        note: Told the name, the layer and the first tensor it made, after each of their calls.
    """
    with untouched(model, example) as send:
        for name, layer in model.named_modules():
            if wanted(layer):
                layer.register_forward_hook(partial(_hear, name, note))
        send()


def _hear(name: str, note: Note, layer: nn.Module, _given: Any, made: Any) -> None:
    first = first_tensor(made)
    if first is not None:
        note(name, layer, first)


def first_tensor(value: Any) -> Tensor | None:
    """The first tensor of what a layer takes or makes: a tensor, or some nested in containers."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, tuple | list):
        return None
    return next((found for each in value if (found := first_tensor(each)) is not None), None)


@contextlib.contextmanager
def untouched(model: nn.Module, example: Tensor) -> Iterator[Callable[[], Any]]:
    """Lend the network for a pass: yields the call that sends the example through it.

    The layers are in evaluation mode and may be given hooks. The pass sees copies of the batch, the
    parameters and the buffers, so that nothing a layer does in place lasts; attributes of the
    layers, the random generators and torch's switches are put back.
    """
    tensors = chain(model.named_parameters(), model.named_buffers())
    copies = {name: each.detach().clone() for name, each in tensors}
    with _as_it_was(model), _same_chance(example.device), _layer_by_layer(), torch.no_grad():
        for layer in model.modules():
            # Hooks of the run's own would take this pass for one of training; those that come
            # before a call stay, for some of them make the weights (weight norm, pruning).
            layer.__dict__.update(
                training=False,
                _forward_hooks=OrderedDict(),
                _forward_pre_hooks=OrderedDict(layer._forward_pre_hooks),
                _forward_pre_hooks_with_kwargs=OrderedDict(layer._forward_pre_hooks_with_kwargs),
            )
        yield lambda: functional_call(model, copies, (example.detach().clone(),))


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
    far = None if device.type in ("cpu", "meta") else torch.get_device_module(device)
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


@contextlib.contextmanager
def _layer_by_layer() -> Iterator[None]:
    """Have attention computed by its layers: in evaluation one kernel would do it all, unseen."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
