"""Which device a run is sent to, and what is said about devices."""

from functools import partial

import pytest
from fakes.nvml import Card, FakeNvml, eight

from tutor.core.device import known
from tutor.core.errors import TutorError
from tutor.runner.devices import survey
from tutor.session import doctor
from tutor.session.devices import Devices, remarks


@pytest.fixture
def devices(tmp_path):
    """Makes the devices of a box."""

    def make(nvml=None, build="", **environment):
        return Devices(
            partial(survey, nvml, environment=environment, root=tmp_path / "box", build=build)
        )

    return make


def uuid(index):
    """Of one of the eight cards."""
    return f"GPU-{index}0000000-aaaa-bbbb-cccc-{index}dddddddddd"


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["auto", "cpu", "cuda", "cuda:7", "mps", "xpu", "xpu:1", uuid(3), "MIG-1f/2/0"]
)
def test_a_name_of_a_device_is_known(name):
    assert known(f" {name} ") == name


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "cpu:0", "CUDA", "cuda:1\x1b[2J"])
def test_any_other_name_is_refused_with_the_names_there_are(name):
    with pytest.raises(TutorError, match="no device called") as caught:
        known(name)
    assert "cuda:1, mps, xpu" in caught.value.hint
    assert "\x1b" not in caught.value.title


# --- which one ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "wish", "given"),
    [
        ("auto", "cpu", "cpu"),
        ("auto", "auto", f"auto:{uuid(5)}"),
        (f"auto:{uuid(1)}", "auto", f"auto:{uuid(5)}"),
        ("cuda", "cpu", uuid(5)),
        ("cuda:7", "cpu", "cuda:7"),
        ("GPU-3", "auto", uuid(3)),
        ("cpu", "auto", "cpu"),
        ("mps", "auto", "mps"),
        ("xpu", "cpu", "xpu"),
    ],
)
async def test_what_is_asked_goes_before_what_the_exercise_says(devices, asked, wish, given):
    box = devices(eight(busy=[0, 1, 2, 3, 4, 6, 7]))
    assert await box.pick(asked, wish) == given


@pytest.mark.parametrize(
    ("asked", "says"), [("cuda:8", "no cuda:8"), ("GPU-9", "no GPU"), ("GPU-", "More than one")]
)
async def test_a_gpu_that_is_not_there_is_a_sentence_before_anything_starts(devices, asked, says):
    with pytest.raises(TutorError, match=says) as caught:
        await devices(eight()).pick(asked, "auto")
    assert uuid(0) in caught.value.hint


async def test_what_the_variable_hides_cannot_be_asked_for(devices):
    box = devices(eight(), CUDA_VISIBLE_DEVICES="2,3")
    with pytest.raises(TutorError, match="no GPU"):
        await box.pick(uuid(1), "auto")
    assert await box.pick("GPU-3", "auto") == uuid(3)
    with pytest.raises(TutorError, match="no cuda:2"):
        await box.pick("cuda:2", "auto")


@pytest.mark.parametrize("asked", ["auto", "cuda", "cuda:1", "GPU-1"])
async def test_where_nothing_answers_the_run_itself_must_find_out(devices, asked):
    assert await devices(FakeNvml(broken="mismatch")).pick(asked, "auto") == asked


@pytest.mark.parametrize(
    ("nvml", "build"), [(eight(), "cpu"), (FakeNvml([Card("GPU-a", free=0.2)]), ""), (None, "cpu")]
)
async def test_auto_is_the_cpu_where_no_gpu_can_be_used(devices, nvml, build):
    assert await devices(nvml, build).pick("auto", "auto") == "cpu"


async def test_the_cpu_needs_no_look_at_the_machine(devices):
    def look():
        raise AssertionError("asked for nothing that a driver knows")

    box = Devices(look)
    assert await box.pick("auto", "cpu") == "cpu"
    assert await box.pick("cpu", "auto") == "cpu"


async def test_a_run_is_started_on_the_device_that_was_asked_for(scripted, devices):
    tutor, worker = scripted
    tutor.devices = devices(eight(busy=[0]))
    run = next(
        block.body for block in tutor.lesson("one").blocks if block.body.__class__.__name__ == "Run"
    )
    await tutor.training.start(run, device="auto")
    await tutor.training.start(run, device="GPU-2")
    assert [request.device for request in worker.requests] == ["cpu", uuid(2)]
    with pytest.raises(TutorError):
        await tutor.training.start(run, device="tpu")
    assert len(worker.requests) == 2


# --- words --------------------------------------------------------------------------------------------


def test_what_runs_train_on_in_a_few_words(devices):
    box = devices(eight())
    assert box.words("auto") == ""
    box.look()
    assert box.words("auto") == "NVIDIA H100 80GB HBM3"
    assert box.words("auto", "cpu") == "cpu"
    assert box.words(uuid(2)) == "NVIDIA H100 80GB HBM3 (chosen)"
    assert box.words("cuda:1") == "cuda:1 (chosen)"
    assert box.words("cpu") == "cpu (chosen)"


@pytest.mark.parametrize(
    ("nvml", "build", "says"),
    [
        (None, "", ["no GPU here"]),
        (FakeNvml(broken="Driver/library version mismatch"), "", ["mismatch", "no GPU here"]),
        (eight(), "cpu", ["built for the CPU alone"]),
        (FakeNvml([Card("GPU-a", free=0.2)]), "", ["No GPU has a GiB"]),
        (eight(busy=range(8)), "", ["Somebody else computes on every GPU"]),
        (eight(busy=[3]), "", []),
    ],
)
def test_what_is_to_be_known_about_the_devices(devices, nvml, build, says):
    said = remarks(devices(nvml, build).look())
    assert len(said) == len(says)
    assert all(part in sentence for part, sentence in zip(says, said, strict=True))


def test_the_doctor_tells_of_each_device_and_what_ails_them(devices, monkeypatch):
    monkeypatch.setattr(doctor, "survey", devices(eight(busy=[0])).look)
    found = doctor._devices()
    assert f"{uuid(0)}: NVIDIA H100 80GB HBM3, 18 of 80 GiB free, others compute on it" in [
        each.found for each in found
    ]
    monkeypatch.setattr(doctor, "survey", devices(FakeNvml(broken="mismatch")).look)
    ailing = doctor._devices()[-1]
    assert ailing.level == "warning"
    assert "mismatch" in ailing.found
    assert ailing.remedy
