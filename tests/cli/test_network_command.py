"""`dlwalk-tutor network`: the table of a run's layers, or a sentence why there is none."""

import json

import pytest

from tutor.cli import looking
from tutor.core.errors import TutorError
from tutor.core.network import Anatomy, Layer
from tutor.core.protocol import Started, encode

NET = Anatomy(
    layers=[
        Layer("", "Sequential", 0, [1, 3], [1, 2]),
        Layer("0", "Linear", 1, [1, 3], [1, 4], 16, 24, 64, 16),
        Layer("1", "Linear", 1, [1, 4], [1, 2], 10, 16, 40, 8),
    ],
    samples=1,
    parameters=26,
    flops=40,
    parameter_bytes=104,
    made_bytes=24,
)


@pytest.fixture
def told(scripted, monkeypatch):
    """The name of a run whose record holds some events; the command reads its course."""
    tutor, worker = scripted
    monkeypatch.setattr(looking, "open_tutor", lambda: tutor)

    async def told(*events):
        worker.run = lambda _: []
        live = await tutor.training.start(tutor.lesson("one").find("one.run"))
        record = b"".join(encode(event) + b"\n" for event in events)
        # The rest of a line that is being written is no damage, and no reason to wait.
        (live.folder / "events.jsonl").write_bytes(record + b'{"t":"rea')
        return live.folder.name

    return told


async def test_the_table(told, capsys):
    older = Anatomy(NET.layers[:1], samples=1)
    looking.network(await told(Started(parameters=26), older, NET))
    shown = capsys.readouterr()
    head, first, second, total = shown.out.splitlines()
    assert head.split() == [
        *("layer", "kind", "in", "out", "parameters", "FLOPs", "weights", "activations")
    ]
    assert first.split() == ["0", "Linear", "3", "4", "16", "24", "64", "B", "16", "B"]
    assert second.split()[2:6] == ["4", "2", "10", "16"]
    assert total.split() == [*("all", "of", "it", "Sequential", "26", "40", "104", "B", "24", "B")]
    assert "one sample" in shown.err


async def test_as_json(told, capsys):
    looking.network(await told(NET), as_json=True)
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert (found["parameters"], found["flops"], found["samples"]) == (26, 40, 1)
    assert [row["made"] for row in found["layers"]] == [[1, 2], [1, 4], [1, 2]]
    assert shown.err == ""


@pytest.mark.parametrize(
    ("events", "title"),
    [
        ([Started(total_steps=3)], "shows no network"),
        ([Started(parameters=5)], "tells nothing of its network"),
        ([], "tells nothing of its network"),
    ],
)
async def test_without_a_network_it_says_so(told, events, title):
    run = await told(*events)
    with pytest.raises(TutorError) as caught:
        looking.network(run)
    assert title in caught.value.title
    assert caught.value.hint


async def test_a_run_that_is_not_there(told):
    with pytest.raises(TutorError, match="no run `nope`"):
        looking.network("nope")
