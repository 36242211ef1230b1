"""A tracker in one file: a line of JSON for each thing that is known of a run."""

import json
from pathlib import Path


class Tracker:
    """Writes down what a run was told and what came of it."""

    def __init__(self, path):
        self.path = Path(path)

    def begin(self, run, **config):
        """Write down that a run begins, with its settings."""
        self._add({"run": run, "config": {}})

    def log(self, run, step, **values):
        """Write down a reading of a run."""
        self._add({"run": run, "step": step, "values": values})

    def runs(self):
        """All runs by name, in the order in which they began: a dict of their configs."""
        return {line["run"]: line["config"] for line in self._lines() if "config" in line}

    def best(self, name, largest=True):
        """The run whose last value of a series is the best; the earlier one of equals."""
        last = {}
        for line in self._lines():
            if name in line.get("values", {}):
                last[line["run"]] = line["values"][name]
        ranked = [run for run in self.runs() if run in last]
        if not ranked:
            return None
        # max and min give the first of equals.
        return (max if largest else min)(ranked, key=last.get)

    def _add(self, line):
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _lines(self):
        if not self.path.exists():
            return []
        found = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return found
