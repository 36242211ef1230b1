"""U-Net against its paper, its measure by hand, and its run."""

import pytest
import torch
from marks import last
from sklearn.metrics import jaccard_score
from torch import nn

from models import unet
from models.data import scenes
from models.reading import Reading, Start
from models.unet import Config, UNet, centre, counts, ious


def test_the_network_of_2015():
    with torch.device("meta"):
        model = UNet("2015")
        # Figure 1 of the paper: 572 pixels in, 388 out.
        assert model(torch.empty(1, 1, 572, 572)).shape == (1, 2, 388, 388)
    layers = [each for each in model.modules() if isinstance(each, nn.Conv2d | nn.ConvTranspose2d)]
    # Section 2: "In total the network has 23 convolutional layers."
    assert len(layers) == 23
    first, last_ = model.first[0], model.down[-1][-2]
    assert (first.out_channels, last_.out_channels) == (64, 1024)


def test_the_small_one_keeps_the_size():
    model = UNet("modern", 16, 2, 11)
    assert model(torch.zeros(2, 1, 32, 32)).shape == (2, 11, 32, 32)


def test_skips_carry_what_is_seen_and_without_them_it_does_not_pass():
    torch.manual_seed(0)
    with_skips, without = UNet("modern", 4, 2, 3), UNet("modern", 4, 2, 3, skips=False)
    without.load_state_dict(with_skips.state_dict())
    a, b = torch.randn(2, 1, 1, 32, 32)
    for model in (with_skips, without):
        model.eval()
        # Nothing comes from below, so whatever is seen came over a skip.
        model.down[-1].register_forward_hook(lambda *call: torch.zeros_like(call[-1]))
    assert torch.equal(without(a), without(b))
    assert not torch.allclose(with_skips(a), with_skips(b), atol=1e-3)


def test_the_centre_is_the_centre():
    x = torch.arange(36.0).reshape(1, 1, 6, 6)
    assert centre(x, 2)[0, 0].tolist() == [[14, 15], [20, 21]]
    assert torch.equal(centre(x, 6), x)


# --- the measure --------------------------------------------------------------------------------


def test_intersection_over_union_by_hand():
    truth = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1]])
    answers = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 2]])
    found = ious(counts(answers, truth))
    assert found[:3].tolist() == pytest.approx([4 / 5, 2 / 4, 0])
    assert found[3:].isnan().all()


def test_intersection_over_union_agrees_with_scikit_learn():
    generator = torch.Generator().manual_seed(0)
    truth = torch.randint(11, (5, 20, 20), generator=generator)
    answers = torch.where(
        torch.rand(5, 20, 20, generator=generator) < 0.5,
        truth,
        torch.randint(11, (5, 20, 20), generator=generator),
    )
    expected = jaccard_score(truth.flatten(), answers.flatten(), average=None)
    torch.testing.assert_close(
        ious(counts(answers, truth)), torch.tensor(expected), check_dtype=False
    )


def test_background_everywhere_is_nearly_always_right_and_worth_nothing():
    valid = scenes.splits(counts=(1, 50, 1))[1]
    found = counts(torch.zeros_like(valid.classes), valid.classes)
    assert found.trace() / found.sum() > 0.88
    assert ious(found).nanmean() < 0.1


# --- the run ------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    parts = scenes.splits(most=5, counts=(20, 5, 5))
    monkeypatch.setattr(scenes, "splits", lambda seed, most: parts)


def test_what_is_read_and_when(few):
    start, *rest = unet.train(Config(steps=3, width=4))
    assert isinstance(start, Start)
    assert [item.step for item in rest] == [1, 2, 3]
    assert all(isinstance(item, Reading) for item in rest)
    expected = {"train/loss", "valid/miou", "valid/accuracy", "test/miou"}
    assert rest[-1].scalars.keys() == expected
    assert rest[-1].pictures["scenes"].data.shape == (3, 3, 32, 32)
    assert rest[-1].pictures["confusion"].data.shape == (11, 11)
    again = list(unet.train(Config(steps=3, width=4)))
    assert float(again[-1].scalars["train/loss"]) == float(rest[-1].scalars["train/loss"])


@pytest.mark.parametrize("knobs", [{"width": 0}, {"rungs": 5}, {"steps": 0}])
def test_a_knob_that_makes_no_sense_is_refused(knobs):
    with pytest.raises(ValueError, match=next(iter(knobs))):
        next(unet.train(Config(**knobs)))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_it_reaches_its_mark(seed):
    assert last(unet, seed=seed)["test/miou"] >= 0.72


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_without_skips_it_does_not(seed):
    assert last(unet, seed=seed, skips=False)["test/miou"] < 0.71
