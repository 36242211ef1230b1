"""A desk to merge two versions of a notebook at, conflict by conflict.

A lamp says whether the file that comes of it is still a notebook.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.instruments.base import Line, Tone
from tutor.core.notebooks import Cell, Conflict, Merged, fault, merge, to_json

Choice = Literal["ours", "theirs", "both"]
CHOICES: Mapping[str, Choice] = {"o": "ours", "t": "theirs", "b": "both"}
_ABREAST = 72
"""Cells from which on the two versions stand beside each other."""


class MergeDesk(Struct, frozen=True, kw_only=True):
    """Two versions of a notebook, the one they come from, and what was decided so far."""

    base: tuple[Cell, ...]
    ours: tuple[Cell, ...]
    theirs: tuple[Cell, ...]
    right: Mapping[str, Choice]
    """By id of a cell: the choice after which the notebook does what both sides meant."""
    clean: bool = False
    """Whether outputs and counts were taken out before merging."""
    chosen: Mapping[str, Choice] = {}
    at: int = 0
    """The conflict in front."""

    # --- what is on the desk ------------------------------------------------------------------------

    @property
    def merged(self) -> Merged:
        """The notebook before anything was decided."""
        versions = [self.base, self.ours, self.theirs]
        if self.clean:
            versions = [tuple(cell.clean for cell in each) for each in versions]
        return merge(*versions)

    @property
    def conflicts(self) -> list[Conflict]:
        """Every cell that has to be decided."""
        return [part for part in self.merged if isinstance(part, Conflict)]

    @property
    def text(self) -> str:
        """The file as it stands, undecided conflicts between their markers."""
        parts: list[Cell | Conflict] = []
        for part in self.merged:
            if isinstance(part, Conflict) and part.id in self.chosen:
                parts += decided(part, self.chosen[part.id])
            else:
                parts.append(part)
        return to_json(tuple(parts))

    @property
    def figures(self) -> Mapping[str, float]:
        """What goals speak of.

        `conflicts`, how many are `open`, how many choices are `right` and `wrong`; 1 or 0 for whether
        the file is `valid` and whether the versions are `clean`.
        """
        conflicts = self.conflicts
        chosen = [each.id for each in conflicts if each.id in self.chosen]
        # Where nobody says which is right the sides differ in outputs alone: any will do.
        good = [
            name for name in chosen if self.chosen[name] == self.right.get(name, self.chosen[name])
        ]
        return {
            "conflicts": len(conflicts),
            "open": len(conflicts) - len(chosen),
            "valid": float(not fault(self.text)),
            "right": len(good),
            "wrong": len(chosen) - len(good),
            "clean": float(self.clean),
        }

    # --- keys ---------------------------------------------------------------------------------------

    @property
    def keys(self) -> Mapping[str, str]:
        """Decide, go to another conflict, clean both versions."""
        found = {"c": "clean" if not self.clean else "take outputs back in"}
        if self.conflicts:
            found = {"o": "ours", "t": "theirs", "b": "both", "u": "undo"} | found
        if len(self.conflicts) > 1:
            found |= {"↑↓": "another"}
        return found

    def press(self, key: str) -> "MergeDesk":
        """Decide the conflict in front, or go to another."""
        conflicts = self.conflicts
        if key == "c":
            return replace(self, clean=not self.clean, at=0)
        if not conflicts:
            return self
        if key in ("up", "down"):
            by = 1 if key == "down" else -1
            return replace(self, at=(self.at + by) % len(conflicts))
        name = conflicts[self.at].id
        if key == "u":
            return replace(self, chosen={k: v for k, v in self.chosen.items() if k != name})
        if key in CHOICES:
            after = replace(self, chosen={**self.chosen, name: CHOICES[key]})
            return replace(after, at=after._next_open())
        return self

    def _next_open(self) -> int:
        """The first conflict from here on that is not decided; this one where all are."""
        count = len(self.conflicts)
        ahead = [(self.at + i) % count for i in range(count)]
        return next((i for i in ahead if self.conflicts[i].id not in self.chosen), self.at)

    # --- the view -----------------------------------------------------------------------------------

    def lines(self, width: int) -> list[Line]:
        """The lamp, the conflicts, and the two versions of the one in front."""
        found = [self._lamp(), []]
        conflicts = self.conflicts
        if not conflicts:
            return [
                *found,
                [("No cell is left to decide: the two versions merge by themselves.", "")],
            ]
        for number, conflict in enumerate(conflicts):
            front = number == self.at
            choice = self.chosen.get(conflict.id, "")
            mark = f"{'▸' if front else ' '} {number + 1} of {len(conflicts)}  {conflict.id:<18}"
            words: Tone = "strong" if front else "quiet"
            found.append([(mark, words), (f"  {choice or 'open'}", "good" if choice else "bad")])
        above = self._above(conflicts[self.at])
        said: list[Line] = [[(line[:width], "quiet")] for line in above.splitlines()]
        return [*found, [], *said, *_versions(conflicts[self.at], width)]

    def _above(self, conflict: Conflict) -> str:
        """What the page says right above a cell: it may tell what the cell is meant to do."""
        merged = self.merged
        before = merged[merged.index(conflict) - 1] if merged.index(conflict) else None
        return before.source if isinstance(before, Cell) and before.kind == "markdown" else ""

    def _lamp(self) -> Line:
        wrong = fault(self.text)
        if wrong:
            return [("✗ The file is no JSON, ", "bad"), (f"and no notebook.  {wrong}", "quiet")]
        return [("✓ The file is a notebook.", "good")]


def decided(conflict: Conflict, choice: Choice) -> list[Cell]:
    """The cells that stand where the conflict stood."""
    ours, theirs = conflict.ours, conflict.theirs
    if choice == "both" and ours is not None and theirs is not None:
        # Ours, then what they have beyond it, the way a union merge of lines does.
        known = ours.source.splitlines()
        new = [line for line in theirs.source.splitlines() if line not in known]
        return [replace(ours, source="\n".join([*known, *new]))]
    kept = {"ours": ours, "theirs": theirs, "both": ours or theirs}[choice]
    return [kept] if kept is not None else []


def _versions(conflict: Conflict, width: int) -> list[Line]:
    """Ours and theirs, with a mark before each line that the common version has not."""
    old = _shown(conflict.base)
    ours, theirs = _shown(conflict.ours), _shown(conflict.theirs)
    if width < _ABREAST:
        return [
            [("ours", "strong")], *_marked(ours, old, width),
            [("theirs", "strong")], *_marked(theirs, old, width),
        ]  # fmt: skip
    half = (width - 3) // 2
    left: list[Line] = [[("ours", "strong")], *_marked(ours, old, half)]
    right: list[Line] = [[("theirs", "strong")], *_marked(theirs, old, half)]
    nothing: Line = []
    rows = zip_longest(left, right, fillvalue=nothing)
    return [[*_padded(a, half), (" │ ", "quiet"), *b] for a, b in rows]


def _shown(cell: Cell | None) -> list[str]:
    if cell is None:
        return ["(taken out)"]
    head = [f"In [{cell.count if cell.count is not None else ' '}]:"] if cell.kind == "code" else []
    out = [f"out: {line}" for line in cell.output.splitlines()]
    return [*head, *cell.source.splitlines(), *out]


def _marked(rows: Sequence[str], old: Sequence[str], width: int) -> list[Line]:
    found: list[Line] = []
    for row in rows:
        new = row not in old
        text = f"{'+' if new else ' '} {row}"
        found.append(
            [(text if len(text) <= width else f"{text[: width - 1]}…", "accent" if new else "")]
        )
    return found


def _padded(line: Line, width: int) -> Line:
    return [*line, (" " * (width - sum(len(text) for text, _ in line)), "")]
