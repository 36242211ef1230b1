"""What W&B finds in its offline folder: the file is read back record by record."""

import json
import math
import struct

import pytest
from recorded import whole

from tutor.core.errors import TutorError
from tutor.session.exporting.extras import extra
from tutor.session.exporting.tracking import copy

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def wandb(tmp_path, monkeypatch):
    """W&B in a home of its own, without an account."""
    pytest.importorskip("wandb.sdk", reason="the extra `wandb` is not installed")
    monkeypatch.chdir(tmp_path)
    for variable in ("WANDB_CONFIG_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    for variable in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_PROJECT", "WANDB_DIR"):
        monkeypatch.delenv(variable, raising=False)
    from tutor.session.exporting.wandb import WandB

    return WandB


def records(path):
    """The records of a .wandb file: LevelDB's log format behind a header of seven bytes."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, whole = path.read_bytes(), 7, b""
    assert data.startswith(b":W&B")
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        _, size, kind = struct.unpack_from("<IHB", data, at)
        whole += data[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):  # whole, or the last of several parts
            record = Record()
            record.ParseFromString(whole)
            whole = b""
            yield record


def test_an_offline_run_has_every_reading_at_its_step(scripted, wandb, tmp_path):
    tutor, _ = scripted
    name = whole(tutor, seed=11, knobs={"learning_rate": 0.5})
    told = copy(tutor.training.attach(name), [wandb("my-project")])
    assert "wandb sync" in told[0]
    (folder,) = (tmp_path / "wandb").glob("offline-run-*")
    assert str(folder) in told[0]
    (file,) = folder.glob("*.wandb")
    rows, runs, ends, metrics = [], [], [], []
    for record in records(file):
        match record.WhichOneof("record_type"):
            case "history":
                items = record.history.item
                rows.append(
                    {i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in items}
                )
            case "run":
                runs.append(record.run)
            case "exit":
                ends.append(record.exit.exit_code)
            case "metric":
                metrics.append(
                    (record.metric.glob_name or record.metric.name, record.metric.step_metric)
                )
    assert (runs[0].project, runs[0].run_id) == ("my-project", name)
    config = {each.key: json.loads(each.value_json) for each in runs[0].config.update}
    assert config["learning_rate"] == 0.5
    assert (config["seed"], config["exercise"]) == (11, "one.run")
    assert ends == [0]
    assert ("*", "step") in metrics

    loss = [(row["step"], row["train/loss"]) for row in rows if "train/loss" in row]
    assert [step for step, _ in loss] == [1, 2, 3, 4, 5, 6, 7]
    assert [value for _, value in loss[:3]] == [4.0, 2.0, 1.0]
    assert math.isnan(loss[3][1])
    assert [value for _, value in loss[4:]] == [math.inf, -math.inf, 0.1 + 0.2]
    valid = [(row["step"], row["valid/loss"]) for row in rows if "valid/loss" in row]
    assert (len(valid), valid[0]) == (2, (3, 1.5))
    assert [row["step"] for row in rows if "grid/path" in row] == [0, 2]
    image = next(row["grid/path"] for row in rows if "grid/path" in row)
    assert (folder / "files" / image).read_bytes()[:4] == b"\x89PNG"
    bins = next(row for row in rows if "bins/values" in row)
    assert (bins["bins/values"], bins["bins/bins"]) == ([4, 2, 1], [0, 0.5, 1, 1.5])


def test_a_folder_of_that_name_is_not_taken_for_the_package(tmp_path, monkeypatch):
    """W&B itself makes a folder `wandb` where it runs."""
    import sys

    (tmp_path / "wandb").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for name in [each for each in sys.modules if each.split(".")[0] == "wandb"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(TutorError, match="wandb, which is not installed") as raised:
        extra("wandb", "wandb", has="init")
    assert raised.value.hint == "Get it with: pip install 'dlwalk-tutor[wandb]'"
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
