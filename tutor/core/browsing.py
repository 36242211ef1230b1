"""What is looked at of all runs: those that were found, in an order, with one result, some marked."""

from collections.abc import Iterable, Sequence

from tutor.core.ledger import ORDERS, Entry, Order, matches, ordered
from tutor.core.marks import Marks


class Browsing:
    """A view of the ledger.

    Attributes:
        marks: The runs that are laid over each other.
        query: What was asked for; see `core.ledger.matches`.
        metric: The result that is shown; empty for the one that each run is graded by.
        order: How the list is sorted.
        listed: The runs that were found, in their order.
    """

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.query = ""
        self.metric = ""
        self.order: Order = ORDERS[0]
        self.listed: Sequence[Entry] = ()
        self._entries: dict[str, Entry] = {}

    def __len__(self) -> int:
        """How many runs there are, found or not."""
        return len(self._entries)

    def take(self, entries: Iterable[Entry]) -> None:
        """All runs, as they stand now; marks of runs that are gone go too."""
        self._entries = {entry.run: entry for entry in entries}
        for run in self.marks.runs:
            if run not in self._entries:
                self.marks.drop(run)
        self.find(self.query)

    def put(self, *entries: Entry) -> None:
        """Some runs are new, or stand otherwise."""
        self._entries |= {entry.run: entry for entry in entries}
        self.find(self.query)

    def remove(self, run: str) -> None:
        """A run was deleted."""
        self._entries.pop(run, None)
        self.marks.drop(run)
        self.find(self.query)

    def find(self, query: str) -> None:
        """Ask for other runs."""
        self.query = query.strip()
        found = [entry for entry in self._entries.values() if matches(entry, self.query)]
        self.listed = ordered(found, self.order, self.metric)

    def marked(self) -> list[Entry]:
        """The marked runs, the pinned one first; they need not be in the list."""
        return [self._entries[run] for run in self.marks.runs if run in self._entries]

    def unfinished(self) -> list[Entry]:
        """Runs that are not over."""
        return [entry for entry in self._entries.values() if not entry.over]

    def next_order(self) -> None:
        """Sort by the next thing."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self.find(self.query)

    def next_metric(self, here: Entry | None) -> None:
        """Another result: one that the marked runs have, or without any the one under the cursor."""
        shown = self.marked() or ([here] if here else [])
        names = ["", *dict.fromkeys(name for entry in shown for name in entry.metrics)]
        at = names.index(self.metric) + 1 if self.metric in names else 0
        self.metric = names[at % len(names)]
        self.find(self.query)

    def state(self, place: int) -> str:
        """Where the cursor is, what was looked for, and the order with the key that changes it."""
        if not self._entries:
            return ""
        where = f"{place + 1} of {len(self.listed)}" if self.listed else "none"
        order = "s newest first" if self.order == "newest" else f"s by {self.order}"
        return "   ".join(filter(None, (where, self.query, order)))
