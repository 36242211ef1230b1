"""The live device pane and the timing of the throughput exercise, as figures.

- Bytes a second to the terminal, while eight cards that never rest are watched, at two sizes.
- What a look at the machine costs the processor, and a minute of gauges to draw.
- Pictures a second of ResNet-50 at full size, by batch; and how much one figure differs from run to run.
"""

import os
import random
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from bench_program import environment
from fakes.nvml import FakeNvml, Running, eight
from terminal import Terminal

from models import throughput
from models.reading import Reading
from tutor.core.gauges import History, draw
from tutor.runner.devices import survey
from tutor.session.devices import Devices
from tutor.session.tutor import Tutor
from tutor.ui.app import TutorApp

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

SECONDS = 30.0


class Restless(FakeNvml):
    """Some cards on which everything changes from look to look."""

    def __init__(self, count: int, jump: int) -> None:
        super().__init__(eight(busy=range(4)).cards[:count])
        self._jump = jump
        for number, card in enumerate(self.cards):
            card.processes = [Running(4_000_000_000 + number, 30 * 2**30)]

    def nvmlInit(self) -> None:
        super().nvmlInit()
        for card in self.cards:
            moved = card.utilisation + random.randint(-self._jump, self._jump)
            card.utilisation = min(100, max(0, moved))
            card.temperature = 40 + card.utilisation // 3
            card.watts = 90 + 6 * card.utilisation + random.randint(0, self._jump)
            card.free = 20 + random.randint(0, self._jump) / 10


def box(count: int, jump: int) -> Devices:
    nvml = Restless(count, jump)
    return Devices(partial(survey, nvml, environment={}, root=Path("/nowhere"), build=""))


def test_bytes_while_watched(tmp_path: Path) -> None:
    paths = [str(Path(__file__).parents[1]), str(Path(__file__).parent), *sys.path]
    print("\nto the terminal while devices are watched        bytes a second   largest frame")
    for count, size, jump in (
        (1, (80, 24), 3),
        (1, (80, 24), 30),
        (8, (80, 24), 3),
        (8, (140, 40), 3),
        (8, (140, 40), 30),
    ):
        home = tmp_path / f"{count}-{size[0]}-{jump}"
        home.mkdir()
        surroundings = {**environment(home), "PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-P", str(Path(__file__)), str(count), str(jump)]
        terminal = Terminal(command, surroundings, size)
        terminal.until("Begin")
        terminal.press("d")
        terminal.until("GPU-0")
        terminal.press("\x1b[B")
        terminal.pump(5.0)
        began = time.monotonic()
        terminal.pump(SECONDS)
        rate = terminal.bytes_between(began, time.monotonic()) / SECONDS
        frames = terminal.bursts(began, time.monotonic())
        terminal.close()
        words = f"{count} GPU{'s' if count > 1 else ''}, {size[0]}x{size[1]}, utilisation jumps by up to {jump}"
        print(f"  {words:47} {rate:8.0f} {max(frames, default=0):14}")


def test_a_look() -> None:
    devices = box(8, 30)
    history = History()
    looks, draws = [], []
    for second in range(120):
        began = time.process_time()
        seen = devices.look()
        looks.append(time.process_time() - began)
        history.add(float(second), seen)
        began = time.process_time()
        draw(history.of(seen.devices[0].id), 100, 7)
        draws.append(time.process_time() - began)
    print(
        f"\na look at 8 fake cards and the real CPU: {1e3 * statistics.median(looks):.1f} ms;"
        f" a minute of gauges drawn: {1e3 * statistics.median(draws):.2f} ms"
    )


def test_the_same_figure_again() -> None:
    print("\npictures a second, one thread, ResNet-50; five runs: least, median, most")
    for divisor, side, batch in ((8, 224, 8), (8, 32, 32), (1, 224, 4)):
        config = throughput.Config(divisor=divisor, side=side, batch=batch)
        found = []
        for _ in range(5):
            last = [each for each in throughput.train(config) if isinstance(each, Reading)][-1]
            found.append((last.scalars["throughput/one thread"], last.scalars["gain/one thread"]))
        rates, gains = zip(*found, strict=True)
        print(
            f"  1/{divisor} as wide, {side} pixels, batch {batch:3}: {min(rates):7.1f}"
            f" {statistics.median(rates):7.1f} {max(rates):7.1f}; gain over one by one"
            f" {min(gains):.2f} {statistics.median(gains):.2f} {max(gains):.2f}"
        )


if __name__ == "__main__":
    tutor = Tutor.open(None)
    tutor.set_setting("welcomed", "1")
    tutor.devices = box(int(sys.argv[1]), int(sys.argv[2]))
    TutorApp(tutor).run()
