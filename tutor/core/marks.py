"""Which of many runs are laid over each other, and in which colour each of them stays."""

from tutor.core.legend import SLOTS

MOST = SLOTS
"""As many runs as there are colours."""


class Marks:
    """The marked runs of a list.

    A run that stays marked keeps its colour, whatever else is marked or unmarked; one that comes back
    gets its own again, unless another has it by now.
    """

    def __init__(self) -> None:
        self._runs: list[str] = []
        self._pinned = ""
        self._slots: dict[str, int] = {}

    @property
    def runs(self) -> tuple[str, ...]:
        """The pinned run first, then the others in the order in which they were marked."""
        first = [self._pinned] if self._pinned else []
        return (*first, *(run for run in self._runs if run != self._pinned))

    @property
    def pinned(self) -> str:
        """The run that the others are held against; empty where there is none."""
        return self._pinned

    def slot(self, run: str) -> int | None:
        """The colour slot of a marked run; None of any other."""
        return self._slots[run] if run in self._runs else None

    def toggle(self, run: str) -> bool:
        """Mark a run, or unmark it; False where there is no colour left for it."""
        if run in self._runs:
            self.drop(run)
            return True
        taken = {self._slots[each] for each in self._runs}
        free = [slot for slot in range(MOST) if slot not in taken]
        if not free:
            return False
        former = self._slots.get(run)
        if former not in free:
            # Colours that nobody had are given out first: whoever is marked again finds his own.
            had = set(self._slots.values())
            self._slots[run] = next((slot for slot in free if slot not in had), free[0])
        self._runs.append(run)
        return True

    def pin(self, run: str) -> bool:
        """Pin a run, which marks it too, or unpin it; False where there is no colour for it."""
        if run == self._pinned:
            self._pinned = ""
            return True
        if run not in self._runs and not self.toggle(run):
            return False
        self._pinned = run
        return True

    def drop(self, run: str) -> None:
        """Unmark a run."""
        if run in self._runs:
            self._runs.remove(run)
        if run == self._pinned:
            self._pinned = ""
