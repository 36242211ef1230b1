"""Twenty tutors side by side on one machine, as in a class: memory each, and the first point.

`pytest tests/bench/bench_many.py -n 0 -m bench -s`; `DLWALK_BENCH_TUTORS=8` for another number.

Each tutor is the real program on a pseudo-terminal with a home of its own. Memory is the
proportional set size: a page that n processes share counts as 1/n in each, so that the sum over all
of them is what the machine really gives.
"""

import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from bench_program import environment
from terminal import Terminal

from tutor.core.protocol import Readings, decode_event

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

TUTORS = int(os.environ.get("DLWALK_BENCH_TUTORS", "20"))
MEGABYTES_EACH = 500
"""What a tutor may take at the worst, to know beforehand how many there is room for."""
PATIENCE = 300.0


def tutor(home: Path, *words: str) -> Terminal:
    return Terminal([sys.executable, "-P", "-m", "tutor", *words], environment(home))


def pump(terminals: Iterable[Terminal], seconds: float = 0.0) -> None:
    """Read from all of them in turn, at least once each."""
    end = time.monotonic() + seconds
    while True:
        for terminal in terminals:
            terminal.pump(0.001)
        if time.monotonic() >= end:
            return


def until(terminals: list[Terminal], text: str) -> None:
    """Read until every one shows a text."""
    began = time.monotonic()
    while not all(each.shows(text) for each in terminals):
        assert time.monotonic() - began < PATIENCE, f"not all show {text!r}"
        pump(terminals, 0.2)


def children(pid: int) -> list[int]:
    """Every process below one, the runs in sessions of their own too."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (ProcessLookupError, FileNotFoundError):
        return []
    return [each for child in map(int, found) for each in (child, *children(child))]


def memory(pid: int, line: str = "Pss:") -> float:
    """Proportional set size of a process, in MB; 0 of a run that has just ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return 0.0
    return int(next(row for row in rollup.splitlines() if row.startswith(line)).split()[1]) / 1024


def available() -> float:
    """Memory that the machine can still give, in MB."""
    rows = Path("/proc/meminfo").read_text().splitlines()
    return int(next(row for row in rows if row.startswith("MemAvailable")).split()[1]) / 1024


def tell_memory(terminals: list[Terminal], what: str, before: float) -> None:
    """Print what the parts of a tutor take in the mean, and what the machine gave in all."""
    interface = [memory(each.pid) for each in terminals]
    below = [sum(memory(child) for child in children(each.pid)) for each in terminals]
    each = statistics.mean(a + b for a, b in zip(interface, below, strict=True))
    resident = statistics.mean(
        sum(memory(pid, "Rss:") for pid in (each.pid, *children(each.pid))) for each in terminals
    )
    print(
        f"  {what}: {each:.0f} MB a tutor (screen {statistics.mean(interface):.0f}, "
        f"worker and runs {statistics.mean(below):.0f}; "
        f"by resident size it would be {resident:.0f}); the machine gave {before - available():.0f} MB"
    )


def processor(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tell_idle(terminals: list[Terminal], seconds: float = 5.0) -> None:
    """Print what a tutor costs while nobody does anything."""
    everything = [pid for each in terminals for pid in (each.pid, *children(each.pid))]
    before = sum(map(processor, everything))
    pump(terminals, seconds)
    spent = (sum(map(processor, everything)) - before) / seconds / len(terminals)
    print(f"  idle in the lab: {100 * spent:.1f} % of a core a tutor")


def first_reading(home: Path, known: set[Path]) -> float | None:
    """When a run that was not known before wrote its first reading down, by its file's clock."""
    for events in set((home / "runs").glob("*/events.jsonl")) - known:
        for line in events.read_bytes().splitlines():
            if b'"readings"' in line and isinstance(decode_event(line), Readings):
                return time.time()
    return None


def first_points(terminals: list[Terminal], homes: list[Path], at_once: bool) -> list[float]:
    """Press enter in every lab and wait for each first reading; milliseconds of each."""
    waits = []
    groups = [list(range(len(homes)))] if at_once else [[index] for index in range(len(homes))]
    for group in groups:
        known = {index: set((homes[index] / "runs").glob("*/events.jsonl")) for index in group}
        pressed = {}
        for index in group:
            terminals[index].press("\r")
            pressed[index] = time.time()
        while pressed:
            for index in list(pressed):
                pump([terminals[index]])
                seen = first_reading(homes[index], known[index])
                if seen is not None:
                    waits.append((seen - pressed.pop(index)) * 1e3)
                else:
                    assert time.time() - pressed[index] < PATIENCE
        pump(terminals, 1.0)
    return waits


def test_many_side_by_side(tmp_path: Path) -> None:
    first = tutor(tmp_path / "first")
    first.until("Your name")
    first.press("\x1b")
    first.until("Begin")
    first.close()
    count = min(TUTORS, int(available() / MEGABYTES_EACH))
    homes = [Path(shutil.copytree(tmp_path / "first", tmp_path / str(n))) for n in range(count)]
    before = available()
    began = time.monotonic()
    terminals = [tutor(home, "--lesson", "sgd-and-adam") for home in homes]
    try:
        until(terminals, "town of")
        opened = time.monotonic() - began
        for keys in ("n", "n"):
            for terminal in terminals:
                terminal.press(keys)
            pump(terminals, 3.0)
        for terminal in terminals:
            terminal.press("\r")
        while not all(ready(terminal) for terminal in terminals):
            assert time.monotonic() - began < PATIENCE
            pump(terminals, 0.5)
        pump(terminals, 3.0)
        print(f"\n{count} tutors on {os.cpu_count()} cores")
        print(f"  all opened at once, in the lesson after {opened:.1f} s, the last")
        tell_memory(terminals, "in the lab, worker warm", before)
        tell_idle(terminals)
        for at_once in (False, True):
            waits = first_points(terminals, homes, at_once)
            if at_once:
                tell_memory(terminals, "all training", before)
            how = "all at once" if at_once else "one after another"
            print(
                f"  enter to the first reading, {how}: median {statistics.median(waits):.0f} ms, "
                f"worst {max(waits):.0f} ms"
            )
            end_runs(terminals, homes)
    finally:
        for terminal in terminals:
            terminal.close()


def ready(terminal: Terminal) -> bool:
    """Whether its worker has imported torch and waits: then it sleeps, half a gigabyte large."""
    below = children(terminal.pid)
    return any(memory(pid, "Rss:") > 250 and state(pid) == "S" for pid in below)


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def end_runs(terminals: list[Terminal], homes: list[Path]) -> None:
    """Wait until every run has written its end."""
    began = time.monotonic()
    while not all(
        b'"finished"' in events.read_bytes()
        for home in homes
        for events in (home / "runs").glob("*/events.jsonl")
    ):
        assert time.monotonic() - began < PATIENCE
        pump(terminals, 0.2)
    pump(terminals, 2.0)
