"""Every number that the lesson on GPT states, worked out again."""

import math
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest
import torch
from evidence import Lesson
from torch import Tensor
from torch.nn import functional

from models import gpt2, writing
from models.data import manual
from models.gpt import GPT
from models.reading import Reading, Start
from models.writing import Config, chances, fresh, go_on

pytestmark = pytest.mark.timeout(300)
LESSON = Lesson("day2/38-gpt")
LONG, ASKED = 48, 100
"""Tokens that are added, and beginnings that they are added to, for the numbers of `What happened`."""
DRAWN = {
    "greedy": Config(temperature=0),
    "temperature 0.5": Config(temperature=0.5),
    "top-k 40": Config(top_k=40),
    "top-p 0.9": Config(top_p=0.9),
    "as it says": Config(),
    "temperature 2": Config(temperature=2),
}
SKY = torch.tensor([[3.0, 2.0, 1.5, 0.5, -1.0]])


@cache
@torch.enable_grad()  # whoever asks first may only want to look
def trained() -> GPT:
    """The network of seed 0 after its run; how it writes does not change what it learns."""
    start, *_ = list(writing.train(Config()))
    assert isinstance(start, Start)
    assert isinstance(start.model, GPT)
    return start.model


def pages(long: int) -> Tensor:
    """Stretches of the text held out, always the same."""
    _, held_out = writing.halves(1000)
    return manual.windows(held_out, ASKED, long, torch.Generator().manual_seed(11))


@cache
def written(name: str) -> tuple[Tensor, Tensor]:
    """What it adds to the first eight tokens of those pages, and the bits of each."""
    dice = torch.Generator().manual_seed(0)
    rows, costs = go_on(trained(), pages(writing.GIVEN), LONG, DRAWN[name], dice)
    return rows, costs / math.log(2)


def read(row: Tensor) -> str:
    return "".join(writing.shown(writing.pieces(1000), row.tolist())).strip()


def logits() -> Iterator[tuple[Tensor, Tensor]]:
    """Of every place of some pages, and what really came there."""
    _, held_out = writing.halves(1000)
    rows = manual.windows(held_out, 400, writing.CONTEXT + 1, torch.Generator().manual_seed(2))
    with torch.no_grad():
        for part in rows.split(20):
            yield trained()(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten()


@pytest.mark.slow
def test_the_loop():
    shown = " ".join("\n".join(LESSON.figure("is a")).split())
    assert shown in read(written("greedy")[0][0]).removeprefix(".¶ ")


@pytest.mark.slow
def test_the_networks():
    assert sum(each.numel() for each in trained().parameters()) == 166_144
    with torch.device("meta"):
        small = GPT(**gpt2.GPT2)
    assert sum(each.numel() for each in small.parameters()) == 124_439_808
    assert LESSON.says("its smallest 124,439,808; ours has 166,144")


def test_what_it_reads():
    assert round(0.9 * len(writing.prose()), -2) == 900
    assert f"{1 / writing.pieces_a_character(1000):.1f}" == "2.9"
    assert LESSON.says("has 2.9 characters on the mean")
    cutter = writing.pieces(1000)
    assert cutter.encode("class", out_type=str) == ["▁class"]
    assert LESSON.says("`c` `l` `a` `s` `s` until `class` is one")


def test_a_stretch_asks_questions_at_all_its_places():
    lines = LESSON.figure("asked")
    words = ["The", "sky", "is", "covered", "with", "dark"]
    assert [line.split() for line in lines[1:5]] == [words[:n] for n in range(2, 6)]
    assert lines[0].split()[1:] == words[:1]
    assert lines[5].split()[1:] == words[1:]


def test_the_table_of_choices():
    lines = LESSON.figure("logit ")
    table = {line[:17].strip(): line[17:].split() for line in lines}
    assert [float(each) for each in table["logit"]] == SKY[0].tolist()
    for name, knobs in {
        "as it says": {},
        "temperature 0.5": {"temperature": 0.5},
        "temperature 2": {"temperature": 2.0},
        "top-k 2": {"top_k": 2},
        "top-p 0.9": {"top_p": 0.9},
        "greedy": {"temperature": 0.0},
    }.items():
        found = chances(SKY, **knobs)[0].tolist()
        cells = [0.0 if each == "." else float(each) for each in table[name]]
        assert cells == pytest.approx(found, abs=0.0051), name
        cut = name.startswith(("top", "greedy"))
        assert [each == "." for each in table[name]] == [cut and not each for each in found]


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_the_table_of_what_it_writes(name):
    (row,) = (row for row in LESSON.rows("| drawn how") if row[0] == name)
    rows, costs = written(name)
    assert float(row[1]) == pytest.approx(float(costs.mean()), abs=0.051)
    assert float(row[2]) == pytest.approx(fresh(rows), abs=0.0051)


def cost_of_the_manual() -> float:
    found = [functional.cross_entropy(said, came) for said, came in logits()]
    return float(torch.stack(found).mean()) / math.log(2)


def test_the_manuals_line():
    (row,) = (row for row in LESSON.rows("| drawn how") if row[0] == "the manual")
    assert float(row[1]) == pytest.approx(cost_of_the_manual(), abs=0.051)
    assert float(row[2]) == pytest.approx(fresh(pages(8 + LONG)[:, 8:]), abs=0.0051)


def test_how_much_likelier_the_loop_is():
    pages_cost = pages(8 + LONG)
    with torch.no_grad():
        said = trained()(pages_cost[:, :31]).log_softmax(2)
    cost = -said.gather(2, pages_cost[:, 1:32, None]).mean() / math.log(2)
    bits = LONG * (float(cost) - float(written("greedy")[1].mean()))
    assert bits == pytest.approx(174, abs=2)
    assert LESSON.says("48 tokens of its loop are $2^{174}$ times as likely")


@pytest.mark.slow
def test_no_temperature_helps():
    costs = {}
    for tenths in range(8, 13):
        parts = [functional.cross_entropy(10 / tenths * said, came) for said, came in logits()]
        costs[tenths / 10] = float(torch.stack(parts).mean()) / math.log(2)
    assert costs[1.0] - min(costs.values()) < 0.01
    assert LESSON.says("none helps ours by a hundredth of a bit")
    own = float(written("as it says")[1].mean())
    assert own == pytest.approx(cost_of_the_manual(), abs=0.15)


def test_the_two_are_equal_just_where_no_temperature_helps():
    rows = torch.randn(500, 20, generator=torch.Generator().manual_seed(0))
    came = torch.multinomial((0.7 * rows).softmax(1), 1, generator=torch.Generator().manual_seed(1))
    costs = []
    for step in range(300, 1500):
        said = (step / 1000 * rows).log_softmax(1)
        costs.append((float(-said.gather(1, came).mean()), step / 1000))
    said = (min(costs)[1] * rows).log_softmax(1)
    doubt = -(said.exp() * said).sum(1).mean()
    assert float(doubt) == pytest.approx(min(costs)[0], abs=1e-3)


def test_its_texts_cost_no_more_at_their_end():
    costs = written("as it says")[1]
    assert float(costs[:, -16:].mean()) == pytest.approx(float(costs[:, :16].mean()), abs=0.15)


@pytest.mark.parametrize("name", ["as it says", "top-k 40"])
def test_what_is_quoted(name):
    lines = LESSON.figure("handcess")
    begin = next(i for i, line in enumerate(lines) if line.startswith(name))
    quoted = " ".join([lines[begin].removeprefix(name), lines[begin + 1]]).split()
    assert " ".join(quoted) in read(written(name)[0][1])


def test_where_the_probability_lies():
    ranked = torch.cat([said.softmax(1).sort(1, descending=True)[0] for said, _ in logits()])
    shares = ranked.mean(0)
    edges = [0, 1, 5, 20, 40, 100, 1000]
    lines = LESSON.figure("place in the ranking")[1:]
    told = [int(line.split()[-2]) for line in lines]
    found = [100 * float(shares[a:b].sum()) for a, b in pairwise(edges)]
    assert told == pytest.approx(found, abs=1)
    for line, share in zip(lines, told, strict=True):
        assert line.count("█") == pytest.approx(share / 2, abs=0.51)
    assert sum(told) == 100
    assert sum(told[4:]) == 40
    assert LESSON.says("Each of the last 960")


@pytest.mark.slow
def test_the_best_of_ten():
    dice = torch.Generator().manual_seed(1)
    begun = pages(writing.GIVEN).repeat_interleave(10, 0)
    _, costs = go_on(trained(), begun, LONG, Config(), dice)
    tries = (costs.mean(1) / math.log(2)).view(ASKED, 10)
    assert f"{float(tries.mean()):.1f}" == "7.0"
    assert f"{float(tries.amin(1).mean()):.1f}" == "6.4"
    assert tries.amin(1).mean() < written("top-p 0.9")[1].mean()
    assert LESSON.says("On the mean a text cost 7.0 bits a token, and a chosen one 6.4.")


def test_the_choices_of_the_bet_are_apart():
    own, pages_cost = (
        {
            case: LESSON.recorded("gpt.write", case, f"valid/{series}")
            for case in ("greedy", "honest", "hot")
        }
        for series in ("surprise", "manual")
    )
    assert own["greedy"]["hi"][-1] < 4.5
    assert 6.5 < own["honest"]["lo"][-1] <= own["honest"]["hi"][-1] < 7.5
    assert own["hot"]["lo"][-1] > 9
    apart = [
        abs(one - other)
        for one, other in zip(own["honest"]["mid"], pages_cost["honest"]["mid"], strict=True)
    ]
    assert max(apart) < 0.5
    assert apart[-1] < 0.34
    assert LESSON.says("a third of a bit apart")
    assert LESSON.recorded("gpt.write", "greedy", "valid/fresh")["hi"][-1] < 0.8


def test_keys_of_questions():
    five = torch.tensor([[0.4, 0.3, 0.15, 0.1, 0.05]])
    assert float(chances(five.log(), top_p=0.8)[0, 0]) == pytest.approx(0.4706, abs=1e-3)
    for logit in (1, 2, 3, 4):
        found = float(chances(torch.tensor([[float(logit), 0.0]]), 2.0)[0, 0])
        assert found == pytest.approx(1 / (1 + math.exp(-logit / 2)))
    shape = trained()(torch.zeros(16, 32, dtype=torch.long)).shape
    assert tuple(shape) == (16, 32, 1000)


@pytest.mark.slow
def test_a_run_tells_the_same_of_the_manual():
    *_, last = writing.train(Config(steps=50))
    assert isinstance(last, Reading)
    assert f"{float(last.scalars['test/manual, fresh']):.2f}" == "0.98"
