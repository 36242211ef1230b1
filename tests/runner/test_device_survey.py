"""Devices as NVML and the kernel tell of them: what is shown, what is proposed, what stays hidden."""

import os
import pwd
import subprocess
import sys

import pytest
from fakes.nvml import GIB, Card, FakeNvml, Running, eight

from tutor.runner.devices import survey

NOBODY = 4_000_000_000
"""A pid that no machine has: as of another container."""


def seen(nvml, tmp_path, **environment):
    """What the fake box looks like to a learner with these variables."""
    return survey(nvml, environment=environment, root=tmp_path, build="")


def first_digits(found):
    """The eight cards by their number."""
    return [device.id.removeprefix("GPU-")[0] for device in found.gpus]


@pytest.fixture
def somebody():
    """A living process, and the name of whose it is."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process.pid, pwd.getpwuid(os.getuid()).pw_name
    process.communicate()


# --- what a card says ---------------------------------------------------------------------------------


def test_everything_a_card_says_is_told(tmp_path, somebody):
    pid, user = somebody
    card = Card("GPU-a", free=60, utilisation=12, temperature=41, watts=88.6)
    card.processes = (Running(pid, 3 * GIB), Running(NOBODY, None))
    nvml = FakeNvml([card])
    (gpu,) = seen(nvml, tmp_path).gpus
    assert (gpu.id, gpu.name, gpu.kind) == ("GPU-a", "NVIDIA H100 80GB HBM3", "cuda")
    assert (gpu.memory_total, gpu.memory_free) == (80 * GIB, 60 * GIB)
    assert (gpu.utilisation, gpu.temperature, gpu.power) == (12, 41, 89)
    mine, other = gpu.processes
    assert (mine.pid, mine.user, mine.memory, mine.mine) == (pid, user, 3 * GIB, True)
    assert (other.user, other.memory, other.mine) == ("", None, False)
    assert gpu.others == (other,)
    assert nvml.inits == 0


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("GetMemoryInfo", "memory_free"),
        ("GetUtilizationRates", "utilisation"),
        ("GetTemperature", "temperature"),
        ("GetPowerUsage", "power"),
    ],
)
def test_a_card_that_does_not_answer_a_question_is_still_a_card(call, field, tmp_path):
    (gpu,) = seen(FakeNvml([Card("GPU-a", silent=(call,))]), tmp_path).gpus
    assert getattr(gpu, field) is None


def test_a_card_before_mig_with_no_name_and_no_list_of_processes(tmp_path):
    silent = ("GetMigMode", "GetName", "GetComputeRunningProcesses")
    (gpu,) = seen(FakeNvml([Card("GPU-a", silent=silent)]), tmp_path).gpus
    assert (gpu.id, gpu.name, gpu.processes) == ("GPU-a", "GPU 0", None)


def test_a_card_that_fell_off_the_bus_leaves_the_others(tmp_path):
    cards = [Card("GPU-a", silent=("GetHandleByIndex",)), Card("GPU-b")]
    assert [gpu.id for gpu in seen(FakeNvml(cards), tmp_path).gpus] == ["GPU-b"]
    gone = seen(FakeNvml(cards[:1]), tmp_path)
    assert (gone.gpus, gone.trouble) == ((), "no card answers")


def test_a_broken_driver_is_no_gpu_and_says_so(tmp_path):
    found = seen(FakeNvml(broken="Driver/library version \x1b[2Jmismatch"), tmp_path)
    assert [device.id for device in found.devices] == ["cpu"]
    assert found.trouble.startswith("Driver/library version")
    assert "\x1b" not in found.trouble


def test_a_name_can_hold_no_control_characters(tmp_path):
    (gpu,) = seen(FakeNvml([Card("GPU-a", name=b"A\x1b[31mB")]), tmp_path).gpus
    assert "\x1b" not in gpu.name


def test_a_driver_without_cards_is_no_trouble(tmp_path):
    found = seen(FakeNvml(), tmp_path)
    assert (len(found.devices), found.trouble) == (1, "")


# --- what is proposed ---------------------------------------------------------------------------------


def test_never_a_card_with_somebody_elses_process_unless_all_have_one(tmp_path, somebody):
    roomy = Card("GPU-roomy", free=70, processes=(Running(NOBODY, GIB),))
    mine = Card("GPU-mine", free=40, processes=(Running(somebody[0], GIB),))
    found = seen(FakeNvml([roomy, mine]), tmp_path)
    assert [gpu.id for gpu in found.gpus] == ["GPU-mine", "GPU-roomy"]
    assert not found.crowded
    found = seen(eight(busy=range(8)), tmp_path)
    assert found.crowded
    assert found.proposed.kind == "cuda"


def test_then_by_free_memory_then_by_utilisation(tmp_path):
    cards = [
        Card("GPU-full", free=20),
        Card("GPU-busy", free=70, utilisation=90),
        Card("GPU-idle", free=70, utilisation=3),
    ]
    found = seen(FakeNvml(cards), tmp_path)
    assert [each.id for each in found.devices] == ["GPU-idle", "GPU-busy", "GPU-full", "cpu"]
    assert found.proposed.id == "GPU-idle"


def test_on_a_busy_box_the_one_idle_card_of_eight(tmp_path):
    found = seen(eight(busy=[0, 1, 2, 3, 4, 6, 7]), tmp_path)
    assert first_digits(found)[0] == "5"
    assert len(found.gpus) == 8


def test_a_card_without_room_is_not_proposed(tmp_path):
    found = seen(FakeNvml([Card("GPU-full", free=0.4)]), tmp_path)
    assert found.proposed.id == "cpu"
    assert found.gpus[0].id == "GPU-full"


def test_a_torch_for_the_cpu_alone_proposes_the_cpu(tmp_path):
    found = survey(eight(), environment={}, root=tmp_path, build="cpu")
    assert found.proposed.id == "cpu"
    assert len(found.gpus) == 8


# --- what the user's variable hides -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        ("0", "0"),
        ("5,2", "25"),
        (" 3 , 4 ", "34"),
        ("", ""),
        ("-1", ""),
        ("1,-1,2", "1"),
        ("NoDevFiles", ""),
        ("0,99,1", "0"),
        ("0,0", ""),
        ("GPU-4", "4"),
        ("GPU-40000000-aaaa-bbbb-cccc-4dddddddddd,1", "14"),
        ("GPU-", ""),
        ("GPU-9,1", ""),
    ],
)
def test_what_cuda_would_not_show_stays_hidden(listed, shown, tmp_path):
    found = seen(eight(), tmp_path, CUDA_VISIBLE_DEVICES=listed)
    assert "".join(sorted(first_digits(found))) == shown


def test_equal_cards_stand_in_the_order_that_the_user_gave(tmp_path):
    found = seen(eight(), tmp_path, CUDA_VISIBLE_DEVICES="6,2,4")
    assert first_digits(found) == ["6", "2", "4"]


def test_where_cards_differ_an_index_names_what_only_cuda_knows(tmp_path):
    cards = [Card("GPU-slow", name="NVIDIA T4"), Card("GPU-fast")]
    found = seen(FakeNvml(cards), tmp_path, CUDA_VISIBLE_DEVICES="0")
    assert [(gpu.id, gpu.name) for gpu in found.gpus] == [("cuda:0", "GPU 0")]
    assert not seen(FakeNvml(cards), tmp_path, CUDA_VISIBLE_DEVICES="0,0").gpus
    by_slot = {"CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    assert [gpu.id for gpu in seen(FakeNvml(cards), tmp_path, **by_slot).gpus] == ["GPU-slow"]
    assert len(seen(FakeNvml(cards), tmp_path).gpus) == 2


# --- cards that are cut up ----------------------------------------------------------------------------


@pytest.fixture
def sliced():
    """Two cards, the second cut in two."""
    slices = [
        Card("MIG-1111", free=9, total=10, name="NVIDIA H100 MIG 1g.10gb"),
        Card("MIG-2222", free=39, total=40, silent=("GetName", "GetUtilizationRates")),
    ]
    return FakeNvml([Card("GPU-whole", free=30), Card("GPU-cut", slices=slices)])


def test_slices_are_devices_and_the_card_they_are_cut_from_is_not(sliced, tmp_path):
    found = seen(sliced, tmp_path).gpus
    assert [gpu.id for gpu in found] == ["MIG-2222", "GPU-whole", "MIG-1111"]
    assert [gpu.slice for gpu in found] == [True, False, True]
    assert found[0].name == "NVIDIA H100 80GB HBM3 MIG"
    assert found[0].utilisation is None
    assert found[0].temperature == 34


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        ("1", ["MIG-1111"]),
        ("MIG-2", ["MIG-2222"]),
        ("GPU-cut", ["MIG-1111"]),
        ("MIG-2222,MIG-1111", ["MIG-2222", "MIG-1111"]),
        ("MIG-", []),
    ],
)
def test_a_slice_may_be_all_that_a_user_sees(sliced, listed, shown, tmp_path):
    found = seen(sliced, tmp_path, CUDA_VISIBLE_DEVICES=listed).gpus
    assert [gpu.id for gpu in found] == shown


def test_a_card_that_is_to_be_cut_but_is_not_yet_is_no_device(tmp_path):
    assert seen(FakeNvml([Card("GPU-cut", slices=[])]), tmp_path).gpus == ()


# --- without NVML -------------------------------------------------------------------------------------


def write(path, text):
    """A file of a made-up machine, its folders too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def amd(tmp_path):
    """A machine with two GPUs of AMD; node 0 is its CPU."""
    write(tmp_path / "dev/kfd", "")
    nodes = tmp_path / "sys/class/kfd/kfd/topology/nodes"
    write(nodes / "0/properties", "cpu_cores_count 64\nsimd_count 0\n")
    write(nodes / "2/properties", "simd_count 440\ndrm_render_minor 128\n")
    write(nodes / "10/properties", "simd_count 440\ndrm_render_minor 136\n")
    card = tmp_path / "sys/class/drm/renderD136/device"
    for name, text in {
        "mem_info_vram_total": str(64 * GIB),
        "mem_info_vram_used": str(GIB),
        "gpu_busy_percent": "7\n",
        "product_name": "AMD Instinct MI250X\n",
        "hwmon/hwmon3/temp1_input": "41000\n",
    }.items():
        write(card / name, text)
    return tmp_path


def test_amds_gpus_are_cuda_to_torch(amd):
    found = survey(environment={}, root=amd, build="rocm6.3")
    told, silent = found.gpus
    assert (told.id, told.kind, told.name) == ("cuda:1", "cuda", "AMD Instinct MI250X")
    assert (told.memory_total, told.memory_free) == (64 * GIB, 63 * GIB)
    assert (told.utilisation, told.temperature) == (7, 41)
    assert (silent.id, silent.name, silent.memory_total) == ("cuda:0", "AMD GPU", None)


@pytest.mark.parametrize(
    ("environment", "ids"),
    [
        ({"HIP_VISIBLE_DEVICES": "1"}, ["cuda"]),
        ({"ROCR_VISIBLE_DEVICES": ""}, []),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, []),
    ],
)
def test_amds_gpus_may_be_hidden_too(amd, environment, ids):
    assert [gpu.id for gpu in survey(environment=environment, root=amd, build="").gpus] == ids


def test_a_torch_built_for_nvidia_uses_no_gpu_of_amd(amd):
    assert survey(environment={}, root=amd, build="cu128").gpus == ()


def test_intels_gpus_only_where_torch_was_built_for_them(tmp_path):
    write(tmp_path / "sys/class/drm/renderD128/device/vendor", "0x8086\n")
    write(tmp_path / "sys/class/drm/renderD129/device/vendor", "0x1002\n")
    (gpu,) = survey(environment={}, root=tmp_path, build="xpu").gpus
    assert (gpu.id, gpu.kind) == ("xpu:0", "xpu")
    assert survey(environment={}, root=tmp_path, build="").gpus == ()


def test_without_a_driver_neither_nvml_nor_torch_is_loaded(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from tutor.runner.devices import survey\n"
        "found = survey(environment={}, root=Path(sys.argv[1]))\n"
        "assert [each.id for each in found.devices] == ['cpu'], found\n"
        "assert not {'torch', 'pynvml', 'numpy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
