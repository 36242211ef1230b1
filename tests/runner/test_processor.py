"""What the kernel tells of the CPU: utilisation between looks, memory, load, temperature."""

import os
from pathlib import Path

import pytest

from tutor.core.device import Device
from tutor.runner.processor import Processor

CPU = Device(id="cpu", name="CPU, 2 cores", kind="cpu")
MEMINFO = "MemTotal:       16000 kB\nMemFree:  10 kB\nMemAvailable:   4000 kB\nHugePages_Total: 0\n"


def write(path, text):
    """A file of a made-up machine, its folders too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def stat(root, user, idle, steal=0, cores=4):
    """As /proc/stat; guests (the last two) are in user already."""
    lines = [f"cpu  {user} 0 0 {idle} 0 0 0 {steal} 999 0"]
    lines += [f"cpu{i} 1 0 0 1 0 0 0 0 0 0" for i in range(cores)]
    write(root / "proc/stat", "\n".join([*lines, "intr 5"]) + "\n")


@pytest.fixture
def look(tmp_path):
    processor = Processor(tmp_path, lambda: (1.234, 2.0, 3.0))
    return lambda: processor.look(CPU)


def test_utilisation_is_what_was_done_since_the_look_before(tmp_path, look):
    stat(tmp_path, user=1000, idle=1000)
    assert look().utilisation is None
    stat(tmp_path, user=1030, idle=1060, steal=10)
    assert look().utilisation == 40
    stat(tmp_path, user=1130, idle=1060, steal=10)
    assert look().utilisation == 100
    # Hardly any time has passed: the last figure stands, and the next one counts from there.
    stat(tmp_path, user=1131, idle=1061, steal=10)
    assert look().utilisation == 100
    stat(tmp_path, user=1130, idle=1110, steal=10)
    assert look().utilisation == 0


def test_waiting_for_a_disk_is_not_work(tmp_path, look):
    write(tmp_path / "proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\n")
    look()
    write(tmp_path / "proc/stat", "cpu  25 0 0 25 50 0 0 0 0 0\n")
    assert look().utilisation == 25


def test_memory_load_and_cores(tmp_path, look):
    stat(tmp_path, 1, 1, cores=64)
    write(tmp_path / "proc/meminfo", MEMINFO)
    seen = look()
    assert (seen.memory_total, seen.memory_free) == (16000 * 1024, 4000 * 1024)
    assert seen.memory_used == 12000 * 1024
    assert (seen.load, seen.cores) == (1.23, 64)
    assert (seen.id, seen.name, seen.kind) == ("cpu", "CPU, 2 cores", "cpu")


def sensors(root):
    """A disk that is hotter than the CPU, and the CPU's own two sensors."""
    for number, (name, heats) in enumerate(
        {"nvme": ["91000"], "coretemp": ["48000", "53500"], "acpitz": ["-5000"]}.items()
    ):
        folder = root / f"sys/class/hwmon/hwmon{number}"
        write(folder / "name", name)
        for i, heat in enumerate(heats, 1):
            write(folder / f"temp{i}_input", heat)


def test_the_hottest_sensor_of_the_cpu_counts_and_no_others(tmp_path, look):
    assert look().temperature is None
    sensors(tmp_path)
    assert look().temperature == 53
    write(tmp_path / "sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n")
    write(tmp_path / "sys/class/thermal/thermal_zone0/temp", "61000\n")
    assert look().temperature == 61


def test_a_sensor_that_breaks_or_is_not_for_this_user_is_not_there(tmp_path, look, monkeypatch):
    sensors(tmp_path)
    for file in tmp_path.glob("sys/class/hwmon/hwmon1/temp*_input"):
        file.write_text("garbage")
    assert look().temperature is None
    whole = type(tmp_path).read_text

    def refused(path, *args, **kwargs):
        if path.name.startswith("temp"):
            raise PermissionError(13, "Permission denied")
        return whole(path, *args, **kwargs)

    sensors(tmp_path)
    monkeypatch.setattr(type(tmp_path), "read_text", refused)
    assert look().temperature is None


def test_without_proc_there_is_the_load(tmp_path):
    """As in macOS."""
    seen = Processor(tmp_path, lambda: (0.5, 0.0, 0.0)).look(CPU)
    assert (seen.load, seen.cores) == (0.5, os.cpu_count())
    told = (seen.utilisation, seen.memory_total, seen.memory_free, seen.temperature)
    assert told == (None, None, None, None)

    def silent():
        raise OSError

    assert Processor(tmp_path, silent).look(CPU).load is None


@pytest.mark.parametrize("text", ["", "cpu\n", "cpu a b c d e f\n", "nonsense"])
def test_a_file_that_says_nothing_is_no_trouble(text, tmp_path, look):
    write(tmp_path / "proc/stat", text)
    write(tmp_path / "proc/meminfo", text)
    look()
    assert look().utilisation is None


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="there is no /proc here")
def test_this_very_machine():
    processor = Processor()
    processor.look(CPU)
    end = os.times().elapsed + 0.2
    while os.times().elapsed < end:
        pass
    seen = processor.look(CPU)
    assert 0 < seen.utilisation <= 100
    assert 0 < seen.memory_free < seen.memory_total
    assert seen.cores == os.cpu_count()
