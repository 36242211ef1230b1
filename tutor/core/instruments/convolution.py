"""A window that slides over a picture: what a convolution multiplies and adds, place by place.

As deep learning does it, without turning the kernel round: mathematicians call that a
cross-correlation.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import replace

from tutor.core.instruments.base import Line, Span, Tone

Rows = tuple[tuple[int, ...], ...]
Place = tuple[int, int]
"""Row and column."""

_WAYS: Mapping[str, Place] = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_KNOBS = {"stride": (1, 2, 3, 4), "padding": (0, 1, 2), "dilation": (1, 2)}


class Convolution(Struct, frozen=True, kw_only=True, dict=True, forbid_unknown_fields=True):
    """A picture, kernels to slide over it, and how far it went.

    Attributes:
        picture: Rows of whole numbers.
        kernels: By name, square or not; the first one lies on the picture at first.
        pooling: Whether a window's greatest number is taken; kernels then only give its size.
    """

    picture: Rows
    kernels: dict[str, Rows]
    pooling: bool = False
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    kernel: str = ""
    at: Place = (0, 0)
    """The window's place in the map."""
    seen: frozenset[Place] = field(default_factory=lambda: frozenset({(0, 0)}))
    """Places of the map that were worked out."""
    shifting: bool = False
    """Whether arrows move the picture and not the window."""
    shifted: Place = (0, 0)
    """How far the picture was moved from where it was."""

    BLANK: ClassVar[int] = 0
    """What stands around a picture, and what comes in where it was moved away."""

    def __post_init__(self) -> None:
        """Raise ValueError unless picture and kernels are rectangles and the window fits."""
        if not self.kernels:
            raise ValueError("there is no kernel")
        for rows in (self.picture, *self.kernels.values()):
            if not rows or not rows[0] or len(set(map(len, rows))) > 1:
                raise ValueError("rows of numbers are equally long, and there are some")
        largest = max(max(len(rows), len(rows[0])) for rows in self.kernels.values())
        if largest > min(len(self.picture), len(self.picture[0])):
            raise ValueError("a kernel does not fit on the picture")
        if self.kernel and self.kernel not in self.kernels:
            raise ValueError(f"there is no kernel `{self.kernel}`")
        for knob, values in _KNOBS.items():
            if getattr(self, knob) not in values:
                raise ValueError(f"`{knob}` is one of {', '.join(map(str, values))}")
        if self.pooling and self.padding:
            raise ValueError("zeros at the edge would win against negative numbers: no padding")
        if min(self.size) < 1:
            raise ValueError("the window does not fit on the picture")

    # --- what it works out --------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The kernel that lies on the picture."""
        return self.kernel or next(iter(self.kernels))

    @property
    def weights(self) -> Rows:
        """That kernel's numbers."""
        return self.kernels[self.name]

    def moved(self, by: Place) -> Rows:
        """The picture moved within its frame; what leaves it is lost."""
        (down, right), height, width = by, len(self.picture), len(self.picture[0])
        return tuple(
            tuple(
                self.picture[y - down][x - right]
                if 0 <= y - down < height and 0 <= x - right < width
                else self.BLANK
                for x in range(width)
            )
            for y in range(height)
        )

    @cached_property
    def ground(self) -> Rows:
        """The picture where it is now, with its padding."""
        rows, pad = self.moved(self.shifted), self.padding
        empty = (self.BLANK,) * (len(rows[0]) + 2 * pad)
        return (
            (empty,) * pad
            + tuple((self.BLANK,) * pad + row + (self.BLANK,) * pad for row in rows)
            + (empty,) * pad
        )

    @property
    def size(self) -> Place:
        """Rows and columns of the map: floor((n + 2p - d(k - 1) - 1) / s) + 1."""
        return (
            places(len(self.ground), self.reach[0], self.stride),
            places(len(self.ground[0]), self.reach[1], self.stride),
        )

    @property
    def reach(self) -> Place:
        """Rows and columns that the window covers."""
        return (
            self.dilation * (len(self.weights) - 1) + 1,
            self.dilation * (len(self.weights[0]) - 1) + 1,
        )

    def window(self, place: Place) -> Rows:
        """The numbers under the kernel at a place of the map."""
        top, left = place[0] * self.stride, place[1] * self.stride
        return tuple(
            tuple(
                self.ground[top + self.dilation * y][left + self.dilation * x]
                for x in range(len(self.weights[0]))
            )
            for y in range(len(self.weights))
        )

    def value(self, place: Place) -> int:
        """What the map has there."""
        window = self.window(place)
        if self.pooling:
            return max(map(max, window))
        return sum(sum(row) for row in products(window, self.weights))

    @cached_property
    def map(self) -> Rows:
        """All of it, whether looked at or not."""
        rows, columns = self.size
        return tuple(tuple(self.value((y, x)) for x in range(columns)) for y in range(rows))

    @property
    def unread(self) -> Place:
        """Rows and columns at the far edges that no window ever covers."""
        return (
            len(self.ground) - self.reach[0] - (self.size[0] - 1) * self.stride,
            len(self.ground[0]) - self.reach[1] - (self.size[1] - 1) * self.stride,
        )

    @property
    def follows(self) -> bool:
        """Whether the map is that of the unmoved picture, only moved: equivariance.

        Looked at where no window meets an edge, before or after.
        """
        before = replace(self, shifted=(0, 0)).map
        down, right = (by / self.stride for by in self.shifted)
        # Half a step of the stride is no step of the map: one of the whole ones beside it may do.
        ways = product({math.floor(down), math.ceil(down)}, {math.floor(right), math.ceil(right)})
        return any(self._moved_map(before, way) for way in ways)

    def _moved_map(self, before: Rows, way: Place) -> bool:
        rows, columns = self.size
        pairs = [
            ((y, x), (y - way[0], x - way[1]))
            for y in range(rows)
            for x in range(columns)
            if 0 <= y - way[0] < rows and 0 <= x - way[1] < columns
        ]
        clear = [(new, old) for new, old in pairs if self._clear(new) and self._clear(old)]
        return bool(clear) and all(self.map[y][x] == before[v][u] for (y, x), (v, u) in clear)

    def _clear(self, place: Place) -> bool:
        """Whether the window there lies on the picture alone, not on its padding."""
        frame = len(self.picture), len(self.picture[0])
        tops = (at * self.stride - self.padding for at in place)
        return all(
            0 <= top <= length - reach
            for top, reach, length in zip(tops, self.reach, frame, strict=True)
        )

    @property
    def figures(self) -> Mapping[str, float]:
        """What goals speak of.

        `rows` and `columns` of the map, its `places`, how many were `seen`; the three knobs; `unread`,
        rows or columns of the picture that no window covers; `value` at the window's place and the
        `greatest` of the map; `shifted`, how far the picture was, and if the map `follows`, 1 or 0.
        """
        rows, columns = self.size
        return {
            "rows": rows,
            "columns": columns,
            "places": rows * columns,
            "seen": len(self.seen),
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "unread": max(0, max(self.unread) - self.padding),
            "value": self.value(self.at),
            "greatest": max(map(max, self.map)),
            "shifted": sum(map(abs, self.shifted)),
            "follows": float(self.follows),
        }

    # --- keys ---------------------------------------------------------------------------------------

    @property
    def keys(self) -> Mapping[str, str]:
        """Slide, work out all of it, turn a knob, take another kernel, move the picture."""
        found = {"↑↓←→": "move the picture" if self.shifting else "slide", "f": "all of it"}
        found |= {"s": "stride"} | ({} if self.pooling else {"p": "padding"}) | {"d": "dilation"}
        if len(self.kernels) > 1:
            found["k"] = "kernel"
        return found | {"m": "back to sliding" if self.shifting else "move it"}

    def press(self, key: str) -> "Convolution":
        """The state after a key. A knob that leaves no room for the window is passed over."""
        if way := _WAYS.get(key):
            return self._shift(way) if self.shifting else self._slide(way)
        match key:
            case "f":
                rows, columns = self.size
                every = frozenset((y, x) for y in range(rows) for x in range(columns))
                return replace(self, seen=every)
            case "m":
                return replace(self, shifting=not self.shifting)
            case "k":
                return self._turned("kernel", list(self.kernels))
            case "s":
                return self._turned("stride", _KNOBS["stride"])
            case "p" if not self.pooling:
                return self._turned("padding", _KNOBS["padding"])
            case "d":
                return self._turned("dilation", _KNOBS["dilation"])
            case _:
                return self

    def _turned(self, knob: str, values: Sequence[int | str]) -> "Convolution":
        """The next value of a knob that leaves room for the window."""
        now = values.index(self.name if knob == "kernel" else getattr(self, knob))
        for value in (*values[now + 1 :], *values[: now + 1]):
            try:
                return replace(self, at=(0, 0), seen=frozenset({(0, 0)}), **{knob: value})
            except ValueError:
                continue
        return self

    def _slide(self, way: Place) -> "Convolution":
        rows, columns = self.size
        y, x = self.at[0] + way[0], self.at[1] + way[1]
        # As one reads: past the end of a row comes the beginning of the next.
        if x == columns and y + 1 < rows:
            y, x = y + 1, 0
        elif x < 0 and y > 0:
            y, x = y - 1, columns - 1
        if not (0 <= y < rows and 0 <= x < columns):
            return self
        return replace(self, at=(y, x), seen=self.seen | {(y, x)})

    def _shift(self, way: Place) -> "Convolution":
        down, right = self.shifted[0] + way[0], self.shifted[1] + way[1]
        if abs(down) >= len(self.picture) or abs(right) >= len(self.picture[0]):
            return self
        return replace(self, shifted=(down, right))

    # --- the view -----------------------------------------------------------------------------------

    def lines(self, width: int) -> list[Line]:
        """The picture with the window on it, the map beside it, and the sum in full below."""
        rows, columns = self.size
        ground = _ground(self)
        made = _map(self)
        cell = _widest(self.ground) + 2
        room = max(15, cell * len(self.ground[0]))
        height, wide = len(self.picture), len(self.picture[0])
        heads = _fit(f"picture {height} x {wide}", room), f"map {rows} x {columns}"
        found: list[Line] = [[(heads[0], "quiet"), ("   ", ""), (heads[1], "quiet")]]
        for y in range(max(len(ground), len(made))):
            left = ground[y] if y < len(ground) else []
            gap = room - cell * len(left)
            found.append([*left, (" " * (gap + 3), ""), *(made[y] if y < len(made) else [])])
        return [*found, [], *_sum(self), [], [(_formula(self, 1), "")], [(_words(self), "quiet")]]


def places(n: int, reach: int, stride: int) -> int:
    """How often a window of a reach fits into n cells, going on by the stride."""
    return (n - reach) // stride + 1


def products(window: Rows, weights: Rows) -> Rows:
    """Number times weight, place by place."""
    return tuple(
        tuple(a * b for a, b in zip(row, by, strict=True))
        for row, by in zip(window, weights, strict=True)
    )


def _row(numbers: tuple[int, ...], wide: int) -> str:
    return "".join(f"{number:>{wide}}" for number in numbers)


def _widest(rows: Rows) -> int:
    return max(len(str(number)) for row in rows for number in row)


def _strong(number: int) -> Span:
    return (str(number), "strong")


def _fit(words: str, room: int) -> str:
    return f"{words[: room - 1]:<{room}}"


# --- the view ---------------------------------------------------------------------------------------


def _ground(one: Convolution) -> list[Line]:
    top, left = one.at[0] * one.stride, one.at[1] * one.stride
    under = {
        (top + one.dilation * y, left + one.dilation * x)
        for y in range(len(one.weights))
        for x in range(len(one.weights[0]))
    }
    height, width, pad = len(one.ground), len(one.ground[0]), one.padding
    wide, found = _widest(one.ground), list[Line]()
    for y, row in enumerate(one.ground):
        line: Line = []
        for x, number in enumerate(row):
            inside = pad <= y < height - pad and pad <= x < width - pad
            unread = y >= height - one.unread[0] or x >= width - one.unread[1]
            shown = "·" if not inside else "x" if unread else str(number)
            plain: Tone = "bad" if unread and inside else "" if number else "quiet"
            line.append(
                (f"[{shown:>{wide}}]", "accent")
                if (y, x) in under
                else (f" {shown:>{wide}} ", plain)
            )
        found.append(line)
    return found


def _map(one: Convolution) -> list[Line]:
    wide, found = _widest(one.map), list[Line]()
    for y, row in enumerate(one.map):
        line: Line = []
        for x, number in enumerate(row):
            shown = f"{number if (y, x) in one.seen else '·':>{wide}}"
            here = (y, x) == one.at
            line.append((f"[{shown}]", "accent") if here else (f" {shown} ", ""))
        found.append(line)
    return found


def _sum(one: Convolution) -> list[Line]:
    window = one.window(one.at)
    if one.pooling:
        numbers = " ".join(str(number) for row in window for number in row)
        return [[(f"the greatest of {numbers} is ", ""), _strong(one.value(one.at))]]
    terms = products(window, one.weights)
    found: list[Line] = []
    wide = 1 + max(2, *map(_widest, (window, one.weights, terms)))
    for y, (under, weights, each) in enumerate(zip(window, one.weights, terms, strict=True)):
        middle = y == len(window) // 2
        line: Line = [(_row(under, wide), ""), ("  x " if middle else "    ", "quiet")]
        line += [(_row(weights, wide), "accent"), ("  = " if middle else "    ", "quiet")]
        line.append((_row(each, wide), ""))
        if middle:
            line += [("   sum ", "quiet"), _strong(one.value(one.at))]
        found.append(line)
    found[0].append((f"   kernel: {one.name}", "quiet"))
    return found


def _formula(one: Convolution, axis: int) -> str:
    n, k = len(one.picture[0]), len(one.weights[0])
    if one.dilation > 1:
        k = one.reach[axis]
    exact = (n + 2 * one.padding - k) / one.stride + 1
    short = "" if exact == int(exact) else f" = {exact:.2f}, rounded down"
    return f"columns: ({n} + 2·{one.padding} − {k}) / {one.stride} + 1{short} = {one.size[axis]}"


def _words(one: Convolution) -> str:
    if one.shifted != (0, 0):
        how = "moved with it." if one.follows else "did not just move: its numbers changed."
        down, right = one.shifted
        return f"The picture moved {down} down, {right} to the right; the map {how}"
    if one.figures["unread"]:
        return "Whatever stands at an x is never read: the window does not fit there."
    spread = f", dilation {one.dilation}" if one.dilation > 1 else ""
    return f"stride {one.stride}, padding {one.padding}{spread}"
