"""Facts to write and a look at what was written, for tests and for the processes they start."""

from pathlib import Path

from tutor.core.facts import Answered
from tutor.store.paths import Places, places
from tutor.store.progress_db import ProgressStore

__all__ = ["ROOT", "ProgressStore", "blocks", "fact", "places"]

ROOT = Path(__file__).parents[2]


def fact(number: int, words: str = "") -> Answered:
    return Answered(block=f"q{number}", answer=words, seed=0, points=1.0, maximum=1.0)


def blocks(where: Places) -> list[str]:
    """The blocks of every fact in the file, read by a session of its own."""
    store = ProgressStore.open(where)
    try:
        return [row.fact.block for row in store.rows("c")]
    finally:
        store.close()
