"""A tracker in one file: a line of JSON for each thing that is known."""

import json


class Tracker:
    """Writes down what a run was told and what came of it.

    The file grows by lines and is never rewritten:
    {"run": ..., "config": {...}} when a run begins, and
    {"run": ..., "step": ..., "values": {...}} for each reading.
    """

    def __init__(self, path):
        self.path = path

    def begin(self, run, **config):
        """Write down that a run begins, with its settings."""

    def log(self, run, step, **values):
        """Write down a reading of a run."""

    def runs(self):
        """All runs by name, as they began: a dict of their configs.

        A last line that is not complete (the machine was switched off
        while it was written) is passed over.
        """
        return {}

    def best(self, name, largest=True):
        """The run whose last value of a series is the best.

        Of equals it is the run that began first; None without any.
        """
        return None
