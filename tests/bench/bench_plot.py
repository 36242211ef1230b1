"""The plot's budgets as figures: `pytest tests/bench/bench_plot.py -n 0 -m bench -s`."""

import gc
import math
import os
import random
import sys
import time
from pathlib import Path

import pytest
from terminal import Terminal

from tutor.core.lesson import Plot
from tutor.core.protocol import Readings, decode_event, encode
from tutor.core.raster import Chart
from tutor.core.series import Metrics, Series

pytestmark = pytest.mark.bench

PLOT = Plot(series=("train/loss", "valid/loss"), target=0.5)
MILLION = 1_000_000

LIVE = """
import math, random
from textual.app import App
from tutor.core.lesson import Plot
from tutor.core.series import Metrics, Series
from tutor.ui.themes import DARK
from tutor.ui.widgets.loss_plot import LossPlot

class Live(App):
    CSS = "Screen { background: $background; }"

    def compose(self):
        self.register_theme(DARK)
        self.theme = "walk-dark"
        self.metrics = Metrics()
        self.at = 0
        self.plot = LossPlot(Plot(series=("train/loss", "valid/loss"), target=0.5), self.metrics)
        yield self.plot

    def on_mount(self):
        self.train = self.metrics.series["train/loss"] = Series()
        self.valid = self.metrics.series["valid/loss"] = Series()
        self.plot.planned(6000)
        self.more(1500)
        self.set_interval(0.25, lambda: self.more(25))

    def more(self, count):
        for step in range(self.at + 1, self.at + count + 1):
            noise = random.gauss(0, 0.1)
            self.train.append(step, abs(2.3 * math.exp(-step / 1500) + 0.2 + noise))
            if step % 50 == 0:
                self.valid.append(step, 2.3 * math.exp(-step / 1600) + 0.3)
        self.at += count
        self.plot.advance()

random.seed(0)
Live().run()
"""


def noisy(count):
    rng = random.Random(0)
    return [2.3 * math.exp(-i * 4 / count) + 0.2 + abs(rng.gauss(0, 0.1)) for i in range(count)]


def milliseconds(work, times=9):
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append((time.process_time() - began) * 1e3)
    return sorted(spent)[times // 2]


def test_drawing_a_million_points():
    values = noisy(MILLION)
    metrics = Metrics()
    metrics.series["train/loss"] = train = Series(range(MILLION), values)
    metrics.series["valid/loss"] = Series(range(MILLION), [value + 0.1 for value in values])
    chart = Chart(PLOT, metrics)
    chart.planned = MILLION + 1000

    def afresh():
        chart.weight = 0.9 if chart.weight == 0.6 else 0.6
        chart.frame(100, 30)

    def live():
        train.append(train.count, 0.5)
        chart.frame(100, 30)

    print(f"\nplot, 2 series of 1e6 points, 100x30: afresh {milliseconds(afresh):.1f} ms CPU")
    print(f"plot, 2 series of 1e6 points, 100x30: a tick {milliseconds(live):.1f} ms CPU")


def test_attaching_to_a_million_readings():
    values, steps = noisy(MILLION), list(range(1, MILLION + 1))
    lines = [
        encode(
            Readings(
                steps[i : i + 1000],
                {
                    "train/loss": values[i : i + 1000],
                    "valid/loss": [v if k % 50 == 49 else None for k, v in enumerate(values[i : i + 1000])],
                },
                1.0,
            )
        )
        for i in range(0, MILLION, 1000)
    ]  # fmt: skip

    def attach():
        metrics = Metrics()
        for line in lines:
            metrics.apply(decode_event(line))
        Chart(PLOT, metrics).frame(100, 30)

    print(
        f"\nre-attach to 1e6 readings, decode to drawn curve: {milliseconds(attach, 3):.0f} ms CPU"
    )


def test_memory_over_ten_million_readings():
    series = Series()
    block = noisy(100_000)
    sizes = {}
    for i in range(100):
        series.extend(range(i * 100_000, (i + 1) * 100_000), block)
        if i in (0, 9, 99):
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            sizes[(i + 1) * 100_000] = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    shown = ", ".join(f"{count:.0e}: {size:.0f} MB" for count, size in sizes.items())
    print(f"\nmemory of the process after so many readings of one series: {shown}")


@pytest.mark.parametrize("colours", ["truecolor", ""])
def test_bytes_of_a_tick(colours):
    environment = {"TERM": "xterm-256color", "COLORTERM": colours}
    terminal = Terminal([sys.executable, "-c", LIVE], environment, (100, 30))
    terminal.until("best")
    terminal.pump(1.0)
    before, frames = len(terminal.written), len(terminal.times)
    terminal.pump(10.0)
    sent = len(terminal.written) - before
    greatest = max(size for _, size in terminal.times[frames:])
    terminal.close()
    print(
        f"\nlive plot at 4 Hz, 100x30, {colours or '256 colours'}: {sent / 10e3:.2f} kB/s, ", end=""
    )
    print(f"{sent / 40e3:.2f} kB a tick, greatest write {greatest / 1e3:.1f} kB")
