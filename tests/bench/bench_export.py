"""What it costs to take a run of 100 000 readings elsewhere, form by form.

`pytest tests/bench/bench_export.py -n 0 -m bench -s`. Forms whose extra is not installed are left out.
"""

import importlib.util
import time

import pytest
from recorded import batches, whole

from tutor.session.exporting.records import read, to_csv, to_json
from tutor.session.exporting.tracking import copy

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
READINGS = 100_000


def test_each_form(scripted, tmp_path, monkeypatch):
    tutor, _ = scripted
    name = whole(tutor, batches(READINGS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    print()

    def timed(what, work, size=len):
        work()  # imports are not what is measured
        began = time.perf_counter()
        found = work()
        seconds = time.perf_counter() - began
        print(f"{what:12} {seconds:6.2f} s  {size(found) / 1e6:6.2f} MB")
        return found

    records = timed("read", lambda: read(tutor, [name]), lambda found: 0)
    timed("csv", lambda: to_csv(records))
    timed("json", lambda: to_json(records))
    if importlib.util.find_spec("matplotlib"):
        from tutor.session.exporting.charts import chart

        timed("png", lambda: chart(records))
        timed("svg", lambda: chart(records, form="svg"))

    def written(folder):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    if importlib.util.find_spec("tensorboard"):
        from tutor.session.exporting.tensorboard import TensorBoard

        def tensorboard():
            return copy(tutor.training.attach(name), [TensorBoard(tmp_path / "tb", replace=True)])

        timed("tensorboard", tensorboard, lambda _: written(tmp_path / "tb"))
    if importlib.util.find_spec("wandb"):
        from tutor.session.exporting.wandb import WandB

        timed("wandb", lambda: copy(tutor.training.attach(name), [WandB()]), lambda _: 0)
