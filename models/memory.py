"""Memory, counted: what tensors are there while a network computes, byte for byte on every device.

`Live` adds up each tensor from the operation that makes it until the last one that knows of it has
gone. Views share what they look into, so they add nothing. A GPU's own allocator can be asked besides;
it holds its libraries' scratch space, too, and rounds up.

Source:
    PyTorch, torch/utils/_python_dispatch.py: `TorchDispatchMode`, which sees every operation
"""

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

MIB = 2**20
"""Bytes."""


class Live(TorchDispatchMode):
    """Counts the bytes of the tensors that are made within it and still there.

    Attributes:
        now: Bytes alive.
        peak: The most there were at any time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: dict[int, weakref.ref[Any]] = {}

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Let an operation happen and count what it made; views share what they look into."""
        made = func(*args, **(kwargs or {}))
        before = {_key(each) for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)}
        for each in tree_leaves(made):
            if isinstance(each, Tensor) and _key(each) not in before:
                self._add(each.untyped_storage())
        return made

    def _add(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return

        def gone(_: object) -> None:
            self.now -= size
            self._known.pop(key, None)

        self._known[key] = weakref.ref(storage, gone)
        self.now += size
        self.peak = max(self.peak, self.now)


def _key(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata


def size(tensors: Iterable[Tensor | None]) -> int:
    """Bytes of so many tensors; one that is not there has none."""
    return sum(each.untyped_storage().nbytes() for each in tensors if each is not None)


def answering(model: nn.Module, pictures: Tensor) -> int:
    """The most bytes that a network takes to answer: itself, the pictures, and what it makes of them."""
    with torch.inference_mode(), Live() as live:
        model(pictures)
    return size([*model.parameters(), *model.buffers(), pictures]) + live.peak


def allocated(device: str, work: Callable[[], object]) -> int | None:
    """The most bytes that a GPU's own allocator held meanwhile; None where there is none to ask."""
    if not device.startswith("cuda"):
        return None
    torch.cuda.reset_peak_memory_stats(device)
    work()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device)
