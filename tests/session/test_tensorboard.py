"""What TensorBoard reads of a run: its own reader says."""

import asyncio
import math

import pytest
from recorded import add, begun, eventful, readings, whole
from scripts import hello

from tutor.core.errors import TutorError
from tutor.core.protocol import Failed
from tutor.session import live_run
from tutor.session.exporting.tracking import Mirror, copy, mirrored

pytest.importorskip("tensorboard", reason="the extra `tensorboard` is not installed")

from tutor.session.exporting.tensorboard import TensorBoard

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def written(folder):
    """Everything in a log directory of one run, by TensorBoard's reader."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    kinds = ("scalars", "images", "tensors", "histograms", "compressedHistograms")
    found = EventAccumulator(str(folder), size_guidance=dict.fromkeys(kinds, 0))
    return found.Reload()


def raw_events(folder):
    """The events of the one file in a folder, as bytes."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

    (file,) = folder.iterdir()
    return list(RawEventFileLoader(str(file)).Load())


def exported(tutor, name, folder, **options):
    return copy(tutor.training.attach(name), [TensorBoard(folder, **options)])


def test_tensorboard_reads_every_number(scripted, tmp_path):
    tutor, _ = scripted
    name = whole(tutor)
    told = exported(tutor, name, tmp_path / "tb")
    assert told == [f"TensorBoard: {tmp_path / 'tb' / name}"]
    found = written(tmp_path / "tb" / name)
    loss = [(each.step, each.value) for each in found.Scalars("train/loss")]
    assert loss[:3] == [(1, 4.0), (2, 2.0), (3, 1.0)]
    assert [math.isnan(loss[3][1]), loss[4][1], loss[5][1]] == [True, math.inf, -math.inf]
    assert loss[6] == (7, pytest.approx(0.3, rel=1e-6))
    assert [each.step for each in found.Scalars("valid/loss")] == [3, 6]
    (turn,) = found.Scalars("knobs/learning_rate")
    assert (turn.step, turn.value) == (3, 0.5)
    assert found.Scalars("vitals/gradient norm")[0].value == 0.25
    assert [found.Scalars(f"bars/{name}")[0].value for name in ("rain", "wind")] == [-4.0, 2.0]
    assert found.Scalars("train/loss")[0].wall_time == pytest.approx(0.1)


def test_tensorboard_reads_pictures_histograms_and_words(scripted, tmp_path):
    tutor, _ = scripted
    name = whole(tutor)
    exported(tutor, name, tmp_path)
    found = written(tmp_path / name)
    grids = found.Images("grid")
    assert [each.step for each in grids] == [0, 2]
    assert grids[0].encoded_image_string[:8] == b"\x89PNG\r\n\x1a\n"
    assert (grids[0].width, grids[0].height) == (2 * 240 // 2 + 2 * 120 + 2, 240)
    (bins,) = found.Histograms("bins")
    value = bins.histogram_value
    assert (value.min, value.max, value.num) == (0.0, 1.5, 7.0)
    assert list(value.bucket) == [4.0, 2.0, 1.0]
    texts = {tag: found.Tensors(tag)[0].tensor_proto.string_val[0] for tag in ("note", "run")}
    assert texts == {"note": b"Once upon a time", "run": b"A ball in a bowl"}
    assert found.SummaryMetadata("note").plugin_data.plugin_name == "text"
    assert "alerts/nan" in found.Tags()["tensors"]


def test_the_tab_of_hyperparameters_knows_the_knobs_and_the_end(scripted, tmp_path):
    from tensorboard.plugins.hparams import api_pb2
    from tensorboard.plugins.hparams.metadata import (
        parse_session_end_info_plugin_data,
        parse_session_start_info_plugin_data,
    )

    tutor, _ = scripted
    name = whole(tutor, seed=11, knobs={"learning_rate": 0.5})
    exported(tutor, name, tmp_path)
    found = written(tmp_path / name)

    def content(tag):
        return found.SummaryMetadata(f"_hparams_/{tag}").plugin_data.content

    start = parse_session_start_info_plugin_data(content("session_start_info"))
    assert start.group_name == name
    assert start.hparams["learning_rate"].number_value == 0.5
    assert start.hparams["seed"].number_value == 11
    assert start.hparams["device"].string_value == "cpu"
    end = parse_session_end_info_plugin_data(content("session_end_info"))
    assert end.status == api_pb2.STATUS_SUCCESS


def test_a_run_that_failed_says_so_and_one_that_trains_has_no_end(scripted, tmp_path, monkeypatch):
    tutor, _ = scripted
    folder, request = begun(tutor)
    add(folder, [hello(), readings([1], train_loss=[1.0])])
    monkeypatch.setattr(live_run, "state", lambda folder: "live")
    exported(tutor, request.run, tmp_path / "a")
    assert (
        "_hparams_/session_end_info" not in written(tmp_path / "a" / request.run).Tags()["tensors"]
    )
    add(folder, [Failed(title="ValueError: no bowl", step=1, nonce=request.nonce)])
    exported(tutor, request.run, tmp_path / "b")
    found = written(tmp_path / "b" / request.run)
    assert found.Tensors("failed")[0].tensor_proto.string_val == [b"ValueError: no bowl"]
    assert "_hparams_/session_end_info" in found.Tags()["tensors"]


async def test_what_is_written_live_is_what_is_written_later(scripted, tmp_path):
    """The file that a follower writes while the run writes its record, event by event."""
    tutor, _ = scripted
    folder, request = begun(tutor)
    events = eventful(folder, request)
    live = tutor.training.attach(request.run)

    async def train():
        for event in events:
            add(folder, [event])
            await asyncio.sleep(0.001)

    training = asyncio.create_task(train())
    mirror = Mirror(live, [TensorBoard(tmp_path / "live")])
    seen = [event async for event in mirrored(live, mirror)]
    await training
    assert seen == events
    exported(tutor, request.run, tmp_path / "later")
    first = raw_events(tmp_path / "live" / request.run)
    assert len(first) > 15
    assert first == raw_events(tmp_path / "later" / request.run)


async def test_readings_are_there_while_the_run_goes_on(scripted, tmp_path):
    tutor, _ = scripted
    folder, request = begun(tutor)
    add(folder, [hello(), readings([1, 2], train_loss=[2.0, 1.0])])
    live = tutor.training.attach(request.run)
    events = mirrored(live, Mirror(live, [TensorBoard(tmp_path)]))
    for _ in range(2):
        await anext(events)
    assert [each.value for each in written(tmp_path / request.run).Scalars("train/loss")] == [2, 1]
    await events.aclose()


async def test_a_folder_that_cannot_be_written_does_not_end_the_watching(scripted, tmp_path):
    tutor, _ = scripted
    (tmp_path / "file").write_text("")
    live = tutor.training.attach(whole(tutor))
    mirror = Mirror(live, [TensorBoard(tmp_path / "file" / "below")])
    assert len([event async for event in mirrored(live, mirror)]) == 13
    assert len(mirror.told) == 1
    assert "The run itself goes on." in mirror.told[0]


def test_a_run_is_not_written_twice_unless_told_to(scripted, tmp_path):
    tutor, _ = scripted
    name = whole(tutor)
    exported(tutor, name, tmp_path)
    first = raw_events(tmp_path / name)
    other = tmp_path / name / "notes.txt"
    other.write_text("mine")
    with pytest.raises(TutorError, match="holds this run already"):
        exported(tutor, name, tmp_path)
    exported(tutor, name, tmp_path, replace=True)
    assert other.read_text() == "mine"
    other.unlink()
    assert raw_events(tmp_path / name) == first


def test_a_run_that_has_not_begun_leaves_nothing(scripted, tmp_path):
    tutor, _ = scripted
    _, request = begun(tutor)
    assert exported(tutor, request.run, tmp_path / "tb") == []
    assert not (tmp_path / "tb").exists()
