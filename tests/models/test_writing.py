"""Drawing a token beside its definition, and what a text costs beside sums done by hand."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from models import writing
from models.data import manual
from models.gpt import GPT
from models.reading import Reading, Start
from models.writing import Config, chances, fresh, go_on, surprise


def by_definition(logits, temperature, top_k, top_p):
    """Token by token, from the likeliest on."""
    powers = [math.exp((each - max(logits)) / temperature) for each in logits]
    order = sorted(range(len(logits)), key=lambda place: -powers[place])[: top_k or None]
    whole, kept, share = sum(powers[place] for place in order), [], 0.0
    for place in order:
        if kept and share >= top_p * whole:
            break
        kept.append(place)
        share += powers[place]
    return [powers[place] / share if place in kept else 0.0 for place in range(len(logits))]


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=12, unique=True),
    st.floats(0.2, 3),
    st.integers(0, 12),
    st.integers(0, 1000),
)
@settings(max_examples=200, deadline=None)
def test_what_is_drawn_is_what_the_definition_says(tenths, temperature, top_k, thousandths):
    logits = [each / 10 for each in tenths]
    top_p = thousandths / 1000 + 0.000_37  # no share ends just there
    found = chances(torch.tensor([logits]).double(), temperature, top_k, min(top_p, 1))[0]
    wanted = by_definition(logits, temperature, top_k, min(top_p, 1))
    assert found.tolist() == pytest.approx(wanted, abs=1e-6)


def test_at_nought_the_likeliest_has_all():
    rows = torch.tensor([[0.0, 2.0, 1.0], [3.0, -1.0, 2.9]])
    assert chances(rows, 0).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert chances(rows, 1, 1).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert chances(rows, 1, 0, 0).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_a_die_falls_as_often_as_it_should():
    logits = torch.tensor([[1.0, 0.0, -1.0, -2.0]]).expand(20_000, -1)
    drawn = torch.multinomial(
        chances(logits, 1.5, 3), 1, generator=torch.Generator().manual_seed(0)
    )
    counts = torch.bincount(drawn[:, 0], minlength=4).double()
    wanted = 20_000 * torch.tensor(by_definition([1.0, 0.0, -1.0, -2.0], 1.5, 3, 1.0))
    assert counts[3] == 0
    assert float(((counts - wanted)[:3] ** 2 / wanted[:3]).sum()) < 13.8  # chi-square, 2 df, 0.001


class NextNumber(GPT):
    """Finds the number after each token likeliest, among seven."""

    def __init__(self):
        super().__init__(7, width=4, heads=1, layers=1)

    def forward(self, tokens):
        return 3.0 * functional.one_hot((tokens + 1) % 7, 7).float()


def test_it_goes_on_from_its_own_words_and_says_what_they_cost():
    begun = torch.tensor([[4, 2], [0, 6]])
    dice = torch.Generator().manual_seed(0)
    rows, costs = go_on(NextNumber(), begun, 4, Config(temperature=0), dice)
    assert rows.tolist() == [[3, 4, 5, 6], [0, 1, 2, 3]]
    assert costs.flatten().tolist() == pytest.approx([math.log(math.exp(3) + 6) - 3] * 8)


def test_the_temperature_does_not_change_what_a_token_costs():
    begun, dice = torch.zeros(50, 1, dtype=torch.long), torch.Generator().manual_seed(0)
    rows, costs = go_on(NextNumber(), begun, 3, Config(temperature=9), dice)
    whole = torch.cat([begun, rows], 1)
    torch.testing.assert_close(costs.mean(), surprise(NextNumber(), whole))
    assert {round(each, 2) for each in costs.flatten().tolist()} == {0.26, 3.26}


def test_no_more_is_looked_back_on_than_was_trained_on():
    model = GPT(300, context=writing.CONTEXT).eval()
    begun = torch.arange(writing.CONTEXT)[None]
    rows, _ = go_on(model, begun, 3, Config(top_k=1), torch.Generator().manual_seed(0))
    assert rows.shape == (1, 3)


def test_what_is_fresh():
    assert fresh(torch.arange(10)[None]) == 1
    assert fresh(torch.zeros(1, 10, dtype=torch.long)) == 1 / 7
    # 0101, 1010, 0101, 1010, 0101: two of five.
    assert fresh(torch.tensor([[0, 1] * 4, list(range(8))])) == pytest.approx((2 / 5 + 1) / 2)
    assert fresh(torch.tensor([[1, 2, 1, 2, 1]]), run=2) == 2 / 4


def test_the_text_is_the_manuals_and_comes_back():
    paragraphs = writing.prose()
    known, rest = writing.halves(1000)
    cut = int(0.9 * len(paragraphs))
    plain = " ".join(manual.text().split())
    assert all(part in plain for part in paragraphs[::50])
    end = writing.pieces(1000).piece_to_id(writing.END)
    assert int((known == end).sum()) == cut
    assert int((rest == end).sum()) == len(paragraphs) - cut
    first = rest[: rest.tolist().index(end)].tolist()
    assert writing.pieces(1000).decode(first) == paragraphs[cut]
    assert writing.pieces_a_character(1000) == pytest.approx(
        len(rest) / len("\n".join([*paragraphs[cut:], ""]))
    )


def test_a_run_says_what_it_promises():
    start, *readings = writing.train(Config(steps=50, vocabulary=400, temperature=0))
    assert isinstance(start, Start)
    assert [item.step for item in readings] == list(range(1, start.total_steps + 1))
    last = readings[-1]
    assert isinstance(last, Reading)
    assert {"valid/fresh", "valid/surprise", "valid/manual"} < set(last.scalars)
    assert last.scalars["test/fresh"] < 0.9 < last.scalars["test/manual, fresh"]
    assert float(last.scalars["test/manual"]) < math.log2(400)
    drawn = last.pictures["writing"]
    assert len(drawn.data) == len(drawn.labels)
    assert sum(math.isnan(each) for each in drawn.data) == 2 * (writing.GIVEN + 1) + 1


@pytest.mark.parametrize(
    "knobs", [{"temperature": -1.0}, {"top_p": 1.5}, {"top_k": 2000}, {"vocabulary": 100}]
)
def test_knobs_out_of_their_range(knobs):
    with pytest.raises(ValueError, match="goes from"):
        next(writing.train(Config(**knobs)))
