"""How the numbers inside a network are spread, layer by layer, over the time of a run."""

import math
from typing import TypeVar

import torch
from torch import Tensor, nn

from models.reading import Picture
from tutor.core.text import visible
from tutor.worker.passing import listen

SECONDS = 1.0
"""Between two, at least."""
SPACING = 30
"""And at least one part in so many of the time so far, that a long run has no more than a short one."""
MOST = 200
"""Of each kind in a run; the last of them stands at its end."""
BINS = 24
LAYERS = 32
"""Rows; of more layers so many are shown, evenly along the depth."""
VALUES = 1 << 14
"""Numbers taken of a tensor; more would not change what 24 bins show."""
WIDTHS = 4
"""Standard deviations that the axis reaches on either side; the end bins hold what lies beyond."""
DECADES = (-10.0, 2.0)
"""Ends of the axis of gradients, whose sizes differ by powers of ten from layer to layer."""
T = TypeVar("T")


class Clock:
    """When histograms are due, so that no run keeps too many."""

    def __init__(self) -> None:
        self._taken = 0
        self._began: float | None = None
        self._last = -math.inf

    def due(self, now: float, *, wanted: bool = False) -> bool:
        """Whether to take some; if so they count as taken.

        Args:
            now: Seconds of any steady clock.
            wanted: Whether they were asked for, so that it may be sooner.
        """
        if self._began is None:
            self._began = now
        if self._taken >= MOST - 1:  # one is kept for the end
            return False
        if now - self._last < max(SECONDS, (now - self._began) / SPACING) and not wanted:
            return False
        self._taken, self._last = self._taken + 1, now
        return True


def histograms(model: nn.Module, example: Tensor | None) -> dict[str, Picture]:
    """Weights, gradients and, where there is an example, activations: a row for each layer."""
    own = {
        visible(name or type(layer).__name__): list(layer.parameters(recurse=False))
        for name, layer in model.named_modules()
    }
    names = _thinned([name for name, parameters in own.items() if parameters])
    slopes = {name: [each.grad for each in own[name] if each.grad is not None] for name in names}
    weights = _moved({name: _some(list(own[name])) for name in names})
    gradients = _moved({name: _some(slopes[name]) for name in names if slopes[name]})
    # Named so that no picture of an exercise's own is taken for one of them.
    found = {"spread of weights": _spread("weights", weights)} if weights else {}
    if gradients:
        found["spread of gradients"] = _powers("gradients", gradients)
    if example is not None and (made := _activations(model, example)):
        found["spread of activations"] = _spread("activations", _moved(made))
    return found


def _activations(model: nn.Module, example: Tensor) -> dict[str, Tensor]:
    """Some of what each layer makes of the example; of a layer used twice, the last time."""
    seen: dict[str, Tensor] = {}

    def note(name: str, layer: nn.Module, made: Tensor) -> None:
        if made.numel() and not made.is_complex():
            seen[visible(name or type(layer).__name__)] = _some([made])

    listen(model, example, lambda layer: not any(layer.children()), note)
    return {name: seen[name] for name in _thinned(list(seen))}


def _some(tensors: list[Tensor]) -> Tensor:
    """At most so many numbers of each tensor, evenly from all of it; a copy."""
    parts = []
    for tensor in tensors:
        values = tensor.detach()
        values = (values.coalesce().values() if values.is_sparse else values).reshape(-1)
        # An odd stride: an even one may meet the same column of every row.
        parts.append(values[:: values.numel() // VALUES | 1].float())
    return torch.cat(parts)


def _moved(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same on the CPU, in one move."""
    if not found:
        return {}
    far = torch.cat(list(found.values())).cpu()
    return dict(zip(found, far.split([len(each) for each in found.values()]), strict=True))


def _thinned(items: list[T]) -> list[T]:
    count = len(items)
    if count <= LAYERS:
        return items
    return [items[i * (count - 1) // (LAYERS - 1)] for i in range(LAYERS)]


# --- pictures -----------------------------------------------------------------------------------------


def _spread(what: str, found: dict[str, Tensor]) -> Picture:
    """On an axis around 0 that is wide enough for every layer."""
    finite = {name: each[each.isfinite()] for name, each in found.items()}
    sizes = [float(each.double().square().mean().sqrt()) for each in finite.values()]
    widest = max((size for size in sizes if math.isfinite(size)), default=0.0)
    # One of 1, 2, 5 times a power of ten: so it seldom changes from one histogram to the next.
    power = math.pow(10.0, math.floor(math.log10(widest * WIDTHS))) if widest > 1e-30 else 1.0
    end = next((each * power for each in (1, 2, 5) if each * power >= widest * WIDTHS), 10 * power)
    return _picture(what + _broken(found), finite, (-end, end))


def _powers(what: str, found: dict[str, Tensor]) -> Picture:
    """On an axis of powers of ten; what is 0 lies in its lowest bin."""
    logs = {name: each[each.isfinite()].abs().log10() for name, each in found.items()}
    return _picture(f"{what} as powers of ten{_broken(found)}", logs, DECADES)


def _picture(what: str, found: dict[str, Tensor], ends: tuple[float, float]) -> Picture:
    rows = []
    for values in found.values():
        counts = torch.histc(values.clamp(*ends), BINS, *ends)
        rows.append((counts / max(1, len(values))).round(decimals=3))
    caption = f"{ends[0]:g} to {ends[1]:g}, {what}"
    return Picture(
        "histograms",
        torch.stack(rows),
        caption,
        labels=tuple(found),
        extent=(*ends, 0.0, 1.0),
    )


def _broken(found: dict[str, Tensor]) -> str:
    """Which layers hold what is no number, in words."""
    bad = [name for name, each in found.items() if not each.isfinite().all()]
    more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    return f", NaN or infinite in {bad[0]}{more}" if bad else ""
