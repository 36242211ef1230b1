"""Records that were cut off, overwritten or replaced: everything readable is shown, the rest counted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_runner import column, only, run_request

from tutor.core.protocol import Finished, Hello, Readings, Stage, encode
from tutor.runner.follow import Damage, Gone, follow
from tutor.runner.liveness import state
from tutor.runner.record import LONGEST_LINE, Reader

HELLO = Hello(1, 0, "", "none", 0, "cpu", "2", 0.0)
END = Finished(reason="done", step=3, seconds=1.0, nonce="n")


def reading(step):
    return Readings([step], {"a": [float(step)]}, 0.1)


LINES = [encode(each) for each in (HELLO, reading(1), reading(2), reading(3), END)]


async def followed(folder, data):
    run_request(folder, "normal")
    (folder / "exit").write_text("0\n")
    (folder / "events.jsonl").write_bytes(data)
    return [event async for event in follow(folder)]


GARBAGE = {
    "a line of nothing": b"{nonsense",
    "no UTF-8": b"\xff\xfe",
    "no UTF-8 in a string": encode(Stage("ab", 1.0)).replace(b"ab", b"a\xff"),
    "zeros": bytes(512),
    "half a line": LINES[1][:20],
    "another version": b'{"t":"from the future","x":1}',
    "columns of unequal length": b'{"t":"readings","step":[1],"s":{"a":[1,2]},"elapsed":1}',
    "a mark beyond the end": (
        b'{"t":"readings","step":[1],"s":{"a":[1]},"elapsed":1,"bad":[["a",7,"nan"]]}'
    ),
    "a number beyond all numbers": b'{"t":"readings","step":[1e999],"s":{},"elapsed":1}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_costs_only_itself(folder, garbage):
    events = await followed(folder, b"\n".join([*LINES[:2], garbage, *LINES[2:], b""]))
    assert column(events, "a") == [1.0, 2.0, 3.0]
    assert [event.lines for event in only(Damage, events)] == [1]
    assert isinstance(events[-1], Finished)
    assert state(folder) == "ended"


@pytest.mark.parametrize("left", [LINES[2][:9], LINES[2], bytes(4096)])
async def test_a_whole_line_behind_what_a_crash_left_is_read(folder, left):
    events = await followed(folder, b"\n".join([*LINES[:2], left + LINES[3], LINES[4], b""]))
    assert column(events, "a") == [1.0, 3.0]
    assert [event.lines for event in only(Damage, events)] == [1]


@pytest.mark.parametrize("behind", [b"{half a li", bytes(100), b"\xff\n\n{}\n"])
async def test_garbage_behind_the_end_takes_nothing_from_it(folder, behind):
    events = await followed(folder, b"\n".join([*LINES, behind]))
    assert isinstance(events[-1], Finished)
    assert state(folder) == "ended"


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 400), junk=st.binary(max_size=40), at=st.integers(0, 400))
def test_no_damage_ends_the_reader(tmp_path_factory, cut, junk, at):
    folder = tmp_path_factory.mktemp("run")
    whole = b"\n".join([*LINES, b""])
    (folder / "events.jsonl").write_bytes((whole[:at] + junk + whole[at:])[: len(whole) - cut])
    reader = Reader(folder)
    steps = [event.step[0] for event in reader.read() if isinstance(event, Readings)]
    assert set(steps) <= {1, 2, 3} or junk
    assert reader.damaged <= 6


def test_a_file_cut_off_and_written_on_gives_what_is_new_and_nothing_twice(folder):
    path = folder / "events.jsonl"
    path.write_bytes(b"\n".join([*LINES[:4], b""]))
    reader = Reader(folder)
    assert len(list(reader.read())) == 4
    path.write_bytes(b"\n".join([*LINES[:2], LINES[2][:7]]))
    assert list(reader.read()) == []
    with path.open("ab") as file:
        file.write(b"\n" + encode(reading(4)) + b"\n" + LINES[4] + b"\n")
    assert [getattr(event, "step", None) for event in reader.read()] == [[4], 3]
    assert reader.damaged == 2


async def test_a_file_replaced_by_a_shorter_one_still_has_its_end(folder):
    run_request(folder, "normal")
    path = folder / "events.jsonl"
    path.write_bytes(b"\n".join([LINES[0], *map(encode, map(reading, range(1, 30))), b""]))
    seen = []
    async for event in follow(folder):
        seen.append(event)
        if isinstance(event, Readings) and event.step == [29]:
            (folder / "exit").write_text("0\n")
            beside = folder / "other"
            beside.write_bytes(b"\n".join([LINES[0], LINES[1], LINES[4], b""]))
            beside.replace(path)
    assert column(seen, "a") == [float(step) for step in range(1, 30)]
    assert [event.lines for event in only(Damage, seen)] == [1]
    assert isinstance(seen[-1], Finished)


async def test_a_record_that_was_taken_away_ends_the_watching(folder):
    run_request(folder, "normal")
    path = folder / "events.jsonl"
    path.write_bytes(b"\n".join([*LINES[:3], b""]))
    seen = []
    async for event in follow(folder):
        seen.append(event)
        if isinstance(event, Readings) and event.step == [2]:
            path.unlink()
            (folder / "exit").write_text("-9\n")
    assert isinstance(seen[-1], Gone)


def test_a_line_without_end_is_not_kept(folder):
    path = folder / "events.jsonl"
    with path.open("wb") as file:
        file.truncate(LONGEST_LINE + 2**23)
        file.seek(0, 2)
        file.write(b"\n" + LINES[1] + b"\n")
    reader = Reader(folder)
    largest = 0
    events = []
    for event in reader.read():
        events.append(event)
        largest = max(largest, len(reader._rest))
    assert [event.step for event in events] == [[1]]
    assert reader.damaged == 1
    assert largest <= LONGEST_LINE
