"""The adder: its sums against Python's, how they are written, and where each way of writing ends."""

import pytest
import torch

from models.adder import LONGEST, Columns, Config, Line, line, numbers, right, shown, sums, train
from models.reading import Reading


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("digits", [1, 2, 3, LONGEST])
def test_sums_are_right_and_as_long_as_asked(digits):
    one, other, total = (
        [int(each) for each in numbers(part)] for part in sums(500, digits, dice())
    )
    assert [a + b for a, b in zip(one, other, strict=True)] == total
    for terms in (one, other):
        assert {len(str(each)) for each in terms} == {digits}
    assert len(set(zip(one, other, strict=True))) > 90


def test_all_single_digits_are_drawn():
    one, other, _ = sums(4000, 1, dice())
    assert len(set(zip(one[:, 0].tolist(), other[:, 0].tolist(), strict=True))) == 100


def test_a_line_is_written_as_the_docstring_says():
    asked = torch.tensor([[[3, 2, 1, 0]], [[5, 4, 0, 0]], [[8, 6, 1, 0]]])
    signs = "0123456789+=."
    assert "".join(signs[each] for each in line(asked, True)[0]) == "321+540=8610."
    assert "".join(signs[each] for each in line(asked, False)[0]) == "123+045=0168."


class Perfect(torch.nn.Module):
    """In place of the GPT: continues a line as Python would."""

    def __init__(self, ones_first):
        super().__init__()
        self.ones_first = ones_first

    def forward(self, tokens):
        found = torch.zeros(*tokens.shape, 13)
        for row, signs in enumerate(tokens.tolist()):
            text = "".join("0123456789+=."[each] for each in signs)
            terms, said = text.split("=")
            one, other = (int(each[::-1] if self.ones_first else each) for each in terms.split("+"))
            total = str(one + other).zfill(len(terms.split("+")[0]) + 1)
            total = total[::-1] if self.ones_first else total
            found[row, -1, int(total[len(said)])] = 1
        return found


@pytest.mark.parametrize("ones_first", [True, False])
def test_an_answer_goes_on_from_its_own_characters(ones_first):
    model = Line(ones_first)
    model.gpt = Perfect(ones_first)
    asked = sums(20, 3, dice())
    assert float(right(model, asked)) == 1.0
    assert "wrong" not in shown(model, asked)


@pytest.mark.parametrize("model", [Line(True), Columns()])
def test_the_answer_is_no_part_of_the_question(model):
    asked = sums(8, 3, dice())
    other = asked.clone()
    other[2] = (other[2] + 5) % 10
    assert torch.equal(model.answer(asked), model.answer(other))


def test_a_column_hangs_on_none_above_it():
    model, asked = Columns(), sums(8, 4, dice())
    changed = asked.clone()
    changed[:2, :, 3:] = (changed[:2, :, 3:] + 1) % 10
    torch.testing.assert_close(model(asked)[:, :3], model(changed)[:, :3])


def test_the_loss_is_that_of_the_answer_alone():
    for model in (Line(True), Columns()):
        asked = sums(64, 3, dice())
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        before = model.loss(asked).item()
        for _ in range(40):
            optimizer.zero_grad()
            model.loss(asked).backward()
            optimizer.step()
        assert model.loss(asked).item() < 0.75 * before


@pytest.mark.slow
def test_columns_go_on_where_their_examples_end():
    *_, last = train(Config(written="columns"))
    assert isinstance(last, Reading)
    assert float(last.scalars["test/8 digits"]) >= 0.98


@pytest.mark.parametrize("wrong", [{"written": "spiral"}, {"digits": 0}, {"digits": 9}])
def test_other_knobs_are_refused(wrong):
    with pytest.raises(ValueError, match=r"written|digits"):
        Config(**wrong).check()
