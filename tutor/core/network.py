"""A network as a run tells of it: its layers, what they cost, and the gradient along its depth."""

from collections.abc import Sequence

from msgspec import Struct


class Layer(Struct, frozen=True):
    """One call of a module. Its figures are its own alone: what is inside it has rows of its own."""

    name: str
    """As in `named_modules`, with `#2` for its second call; the network itself has none."""
    kind: str
    depth: int
    """How many modules it lies in."""
    given: list[int] = []
    """Shape of the first tensor that it takes."""
    made: list[int] = []
    """Shape of the first tensor that it makes."""
    parameters: int = 0
    """Counted where a tensor is first used, with those of modules inside it that are never called."""
    flops: int = 0
    """Two for each multiply-add of matrix products, convolutions and attention; others are left out."""
    parameter_bytes: int = 0
    made_bytes: int = 0
    """Of what it makes; 0 of a module that has rows inside it, whose last makes it."""


class Anatomy(Struct, frozen=True, tag_field="t", tag="anatomy"):
    """The network, call by call, as some samples go through it; the totals hold every call."""

    layers: list[Layer]
    """In the order of the calls, each before what is inside it."""
    samples: int = 0
    """How many went through; 0 where none could, and the modules are only listed."""
    parameters: int = 0
    flops: int = 0
    parameter_bytes: int = 0
    made_bytes: int = 0
    left_out: int = 0
    """Calls without a row of their own, where there were too many."""


class Gradients(Struct, frozen=True, tag_field="t", tag="gradients"):
    """The gradient along the depth of the network: a column for each figure, a row for each module.

    None where a figure is not finite or not known.
    """

    step: int
    names: list[str]
    """Modules with trained parameters of their own, as in `named_modules`."""
    norms: list[float | None]
    """Euclidean norm of the gradient over the module's own parameters."""
    ratios: list[float | None] = []
    """Norm of the last update over the norm of the weights before it."""


class Walked(Struct, frozen=True, tag_field="t", tag="walked"):
    """One sample went through the network; each tensor on its way is a picture in the run's folder."""

    step: int
    given: str
    """File of the sample itself."""
    files: list[str]
    """File of what each call made, in the order of `Anatomy.layers`; empty where it made no tensor."""


class Cost(Struct, frozen=True):
    """What a module costs with all that is inside it."""

    parameters: int = 0
    flops: int = 0
    parameter_bytes: int = 0
    made_bytes: int = 0


def whole(layers: Sequence[Layer]) -> list[Cost]:
    """What each row costs together with the rows inside it, which follow it and lie deeper."""
    found: list[Cost] = []
    # From the end: the rows inside a row are then known, the nearest of them last.
    inside: list[tuple[int, Cost]] = []
    for layer in reversed(layers):
        cost = Cost(layer.parameters, layer.flops, layer.parameter_bytes, layer.made_bytes)
        while inside and inside[-1][0] > layer.depth:
            cost = _sum(cost, inside.pop()[1])
        inside.append((layer.depth, cost))
        found.append(cost)
    return found[::-1]


def _sum(a: Cost, b: Cost) -> Cost:
    return Cost(
        a.parameters + b.parameters,
        a.flops + b.flops,
        a.parameter_bytes + b.parameter_bytes,
        a.made_bytes + b.made_bytes,
    )


def own_name(layers: Sequence[Layer], index: int) -> str:
    """A row's name without that of the module it lies in; the network itself has a word."""
    layer = layers[index]
    around = next((row for row in reversed(layers[:index]) if row.depth < layer.depth), None)
    if around is not None and around.name:
        return layer.name.removeprefix(f"{around.name}.")
    return layer.name or "network"


def is_box(layers: Sequence[Layer], index: int) -> bool:
    """Whether a row has rows inside it."""
    return index + 1 < len(layers) and layers[index + 1].depth > layers[index].depth


USUAL = (1e-4, 1e-2)
"""Updates of about a thousandth of the weights are usual; far from it something is off."""


def pace(ratio: float) -> str:
    """What an update ratio says of how fast a tensor moves, in a word."""
    low, high = USUAL
    if ratio == 0:
        return "still"
    return "small" if ratio < low else "large" if ratio > high else "usual"


# --- in words -----------------------------------------------------------------------------------------


def amount(value: int) -> str:
    """A count in at most six characters: 156, 61.7 k, 1.43 G."""
    return _scaled(value, 1000, ("", " k", " M", " G", " T", " P", " E"))


def size(value: int) -> str:
    """Bytes in at most eight characters: 624 B, 18.4 KiB."""
    return _scaled(value, 1024, (" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"))


def _scaled(value: int, base: int, units: Sequence[str]) -> str:
    number, unit = float(value), 0
    # 999.6 would be written with four digits: it belongs to the next unit.
    while number >= min(base, 999.5) and unit + 1 < len(units):
        number, unit = number / base, unit + 1
    digits = 0 if unit == 0 or number >= 99.95 else 1 if number >= 9.995 else 2
    return f"{number:.{digits}f}{units[unit]}"


def shape(dimensions: Sequence[int], samples: int = 0) -> str:
    """A shape in words, without the samples that it begins with where there is one.

    Args:
        dimensions: The sizes.
        samples: How many samples went through the network.
    """
    if not dimensions:
        return "–"
    sizes = list(dimensions)
    if samples == 1 and len(sizes) > 1 and sizes[0] == 1:
        sizes = sizes[1:]
    return "×".join(map(str, sizes))


HEADS = ("layer", "kind", "in", "out", "parameters", "FLOPs", "weights", "activations")


def table(anatomy: Anatomy) -> list[str]:
    """The layers as rows of text, a line of totals under them."""
    rows = [HEADS]
    for i, (layer, cost) in enumerate(zip(anatomy.layers, whole(anatomy.layers), strict=True)):
        if layer.depth == 0 and is_box(anatomy.layers, i):
            continue  # it is the line of totals
        rows.append(
            (
                "  " * max(0, layer.depth - 1) + own_name(anatomy.layers, i),
                layer.kind,
                shape(layer.given, anatomy.samples),
                shape(layer.made, anatomy.samples),
                f"{cost.parameters:,}",
                amount(cost.flops),
                size(cost.parameter_bytes),
                size(cost.made_bytes),
            )
        )
    totals = (
        f"{anatomy.parameters:,}",
        amount(anatomy.flops),
        size(anatomy.parameter_bytes),
        size(anatomy.made_bytes),
    )
    rows.append(("all of it", anatomy.layers[0].kind if anatomy.layers else "", "", "", *totals))
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if column < 4 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, wide, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
