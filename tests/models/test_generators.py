"""What draws digits: the cloud, the denoiser, the forgers, the machine; by formulas and by hand."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.distributions import Normal, kl_divergence

from models import belief, boltzmann, diffusion, gan, stylegan, vae
from models.boltzmann import RBM
from models.data.digits import splits
from models.reading import Reading


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def unjudged(monkeypatch):
    """A run's end without the seconds of training a judge."""

    class Judge:
        shares = (0.95, 0.03, 0.02, *[0.0] * 7)

        def features(self, images):
            return images.flatten(1)[:, :4]

        def verdict(self, images, asked=None):
            assert images.shape[1:] == (8, 8)
            assert 0 <= images.min() <= images.max() <= 1
            self.scalars = lambda: {"judge/coverage": 10.0}
            return self

    for module in (vae, diffusion, gan, stylegan):
        monkeypatch.setattr(module, "judge", lambda device: Judge())
        monkeypatch.setattr(module, "DRAWN", 20)


# --- the cloud ----------------------------------------------------------------------------------


def test_the_divergence_is_torchs():
    mean, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    cloud = Normal(mean, (log_variance / 2).exp())
    theirs = kl_divergence(cloud, Normal(0.0, 1.0)).sum(1).mean()
    assert torch.allclose(vae.divergence(mean, log_variance), theirs)
    assert vae.divergence(torch.zeros(2, 3), torch.zeros(2, 3)) == 0


def test_the_gradient_goes_around_the_dice():
    torch.manual_seed(0)
    model = vae.VAE(4)
    logits, mean, log_variance = model(torch.rand(8, 64))
    logits.sum().backward()
    assert model.encode[-1].weight.grad.abs().sum() > 0
    assert mean.shape == log_variance.shape == (8, 4)


def test_a_vae_reads_and_is_judged(unjudged):
    start, *rest = vae.train(vae.Config(epochs=4))
    assert start.total_steps == len(rest)
    assert {"test/mse", "judge/coverage"} <= set(rest[-1].scalars)
    assert set(rest[-1].pictures) == {"drawn", "between"}


# --- the denoiser -------------------------------------------------------------------------------


@given(st.integers(2, 300))
@settings(max_examples=20, deadline=None)
def test_less_is_left_at_each_step_and_hardly_anything_at_the_end(steps):
    left = diffusion.kept(steps)
    assert (left[1:] < left[:-1]).all()
    assert 0 < left[-1] < 0.1
    assert left[0] < 1


def test_mixing_keeps_the_variance():
    images, noise = torch.randn(500, 8, 8), torch.randn(500, 8, 8)
    for share in (0.0, 0.3, 1.0):
        mixed = diffusion.mix(images, noise, torch.full((500,), share))
        assert float(mixed.var()) == pytest.approx(1, abs=0.03)
    assert torch.equal(diffusion.mix(images, noise, torch.ones(500)), images)


def test_who_knows_the_image_takes_exactly_the_noise_away():
    """An oracle that says what noise lies between x and one image leads back to that image."""
    left = diffusion.kept(30)
    image = torch.rand(8, 8) * 2 - 1

    class Oracle(nn.Module):
        def forward(self, x, steps, digits):
            share = left[steps][:, None, None]
            return (x - share.sqrt() * image) / (1 - share).sqrt()

    film = []
    drawn = diffusion.draw(Oracle(), torch.zeros(3, dtype=torch.long), left, generator(), film)
    assert torch.allclose(drawn, ((image + 1) / 2).expand(3, 8, 8), atol=1e-4)
    assert len(film) == 8


def test_the_network_is_told_when_and_what():
    torch.manual_seed(0)
    model, noisy = diffusion.Denoiser(), torch.randn(1, 8, 8)
    said = [
        model(noisy, torch.tensor([step]), torch.tensor([digit]))
        for step, digit in ((0, 0), (50, 0), (0, 7))
    ]
    assert said[0].shape == (1, 8, 8)
    assert not torch.allclose(said[0], said[1])
    assert not torch.allclose(said[0], said[2])


def test_diffusion_reads_and_is_judged(unjudged):
    start, *rest = diffusion.train(diffusion.Config(steps=3, noise_steps=4))
    assert start.total_steps == len(rest) == 3
    assert "judge/coverage" in rest[-1].scalars
    with pytest.raises(ValueError, match="noise_steps"):
        next(diffusion.train(diffusion.Config(noise_steps=1)))


# --- the forgers --------------------------------------------------------------------------------


@pytest.mark.parametrize("conditional", [False, True])
def test_digits_matter_where_they_are_told(conditional):
    torch.manual_seed(0)
    forger, detective = gan.Generator(conditional).eval(), gan.Discriminator(conditional).eval()
    noise = torch.randn(4, gan.NOISE)
    ones, sevens = torch.full((4,), 1), torch.full((4,), 7)
    images = forger(noise, ones)
    assert images.shape == (4, 1, 8, 8)
    assert torch.equal(images, forger(noise, sevens)) is not conditional
    assert torch.equal(detective(images, ones), detective(images, sevens)) is not conditional


@pytest.mark.parametrize("conditional", [False, True])
def test_forging_reads_and_is_judged(unjudged, conditional):
    start, *rest = gan.train(gan.Config(conditional=conditional, steps=50))
    assert start.total_steps == len(rest) == 50
    assert 0 <= float(rest[-1].scalars["train/called right"]) <= 1
    assert "judge/coverage" in rest[-1].scalars
    assert "drawn" in rest[-1].pictures


@pytest.mark.slow
def test_the_crowd_is_looked_at_and_the_end_averaged(unjudged):
    readings = [each for each in gan.train(gan.Config(steps=150)) if each is not None][1:]
    looked = [each for each in readings if "drawn/kinds" in each.scalars]
    assert [each.step for each in looked] == [50, 100, 150]
    # More than 2 % makes a kind; a share of exactly 2 % does not.
    assert looked[0].scalars == looked[0].scalars | {"drawn/kinds": 2.0}
    assert looked[0].scalars["drawn/commonest"] == pytest.approx(0.95)
    assert looked[0].pictures["kinds"].data[0].tolist() == pytest.approx([0.0, 95.0])
    for name in ("generator", "discriminator", "called right"):
        mean = torch.stack([each.scalars[f"train/{name}"] for each in readings[-100:]]).mean()
        assert float(readings[-1].scalars[f"end/{name}"]) == pytest.approx(float(mean))


@pytest.mark.slow
def test_looking_leaves_the_run_as_it_was(unjudged, monkeypatch):
    def losses():
        return [float(each.scalars["train/generator"]) for each in [*gan.train(few)][1:]]

    few = gan.Config(steps=60)
    looked = losses()
    monkeypatch.setattr(gan, "LOOK", 1000)
    assert losses() == looked


def test_the_game_as_proved_lowers_what_the_discriminator_raises(unjudged):
    """Of the same logits x: softplus(-x), and -softplus(x), the last part of the discriminator's."""
    paid = {}
    for minimax in (False, True):
        _, reading, *_ = gan.train(gan.Config(steps=2, minimax=minimax))
        paid[minimax] = float(reading.scalars["train/generator"])
    assert paid[True] < 0 < paid[False]
    assert 2 * math.log(2) <= paid[False] - paid[True] < 2 * math.log(2) + 0.2


def test_drawing_leaves_the_generator_as_it_was():
    forger = gan.Generator()
    before = {name: each.clone() for name, each in forger.state_dict().items()}
    gan.Forger(forger).draw(torch.arange(5), generator())
    assert forger.training
    assert all(torch.equal(before[name], each) for name, each in forger.state_dict().items())


def test_a_style_sets_mean_and_deviation():
    maps = torch.randn(3, 5, 6, 6) * 4 + 2
    scale, shift = torch.rand(3, 5), torch.randn(3, 5)
    styled = stylegan.adain(maps, scale, shift)
    assert torch.allclose(styled.mean((2, 3)), shift, atol=1e-4)
    assert torch.allclose(styled.std((2, 3), correction=0), 1 + scale, atol=1e-3)


def test_a_style_does_not_know_how_long_its_noise_was():
    torch.manual_seed(0)
    forger, noise = stylegan.Generator(), torch.randn(2, stylegan.NOISE)
    assert torch.allclose(forger.style(noise), forger.style(10 * noise), atol=1e-6)


def test_the_slope_of_a_line_is_its_weight():
    line = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
    images = torch.randn(5, 1, 8, 8, requires_grad=True)
    found = stylegan.slope(line(images)[:, 0], images)
    assert found.item() == pytest.approx(line[1].weight.square().sum().item(), rel=1e-5)


def test_a_crowd_of_equals_looks_different_from_a_mixed_one():
    torch.manual_seed(0)
    detective = stylegan.Discriminator()
    one = torch.randn(1, 1, 8, 8)
    crowd = torch.cat([one, torch.randn(7, 1, 8, 8)])
    assert not torch.allclose(detective(one.expand(8, -1, -1, -1))[0], detective(crowd)[0])


@pytest.mark.parametrize("careful", [True, False])
def test_styles_train_and_are_judged(unjudged, careful):
    start, *rest = stylegan.train(stylegan.Config(steps=50, careful_start=careful))
    assert start.total_steps == len(rest) == 50
    assert set(rest[-1].pictures) == {"drawn", "mixed"}
    assert {"valid/distance", "valid/of the last weights"} <= set(rest[-1].scalars)


def test_without_an_average_the_last_weights_draw(unjudged):
    *_, end = stylegan.train(stylegan.Config(steps=50, average=0.0))
    assert end.scalars["valid/distance"] == pytest.approx(end.scalars["valid/of the last weights"])


# --- the machine --------------------------------------------------------------------------------


def exact(machine):
    """The probability of every state of the pixels, by summing over all states of all units."""
    visible, hidden = machine.weights.shape
    states = torch.tensor(list(itertools.product((0.0, 1.0), repeat=visible)))
    units = torch.tensor(list(itertools.product((0.0, 1.0), repeat=hidden)))
    energy = -(
        (states @ machine.visible)[:, None]
        + units @ machine.hidden
        + states @ machine.weights @ units.T
    )
    return states, torch.softmax(torch.logsumexp(-energy, 1), 0)


@pytest.fixture
def small():
    machine = RBM(3, 2, generator(1), "cpu")
    machine.weights = torch.randn(3, 2, generator=generator(2))
    machine.visible = torch.randn(3, generator=generator(3))
    machine.hidden = torch.randn(2, generator=generator(4))
    return machine


def test_free_energy_is_the_sum_over_all_hidden_states(small):
    states, chances = exact(small)
    assert torch.allclose((-small.free_energy(states)).softmax(0), chances, atol=1e-6)


def test_dreams_have_the_probabilities_of_the_energy(small):
    states, chances = exact(small)
    dreamt = small.dream(torch.zeros(8000, 3), 30)
    shares = (dreamt[:, None] == states).all(2).float().mean(0)
    assert torch.allclose(shares, chances, atol=0.03)


def test_learning_makes_what_is_seen_likelier(small):
    seen = torch.tensor([[1.0, 0.0, 1.0]]).repeat(32, 1)
    states, before = exact(small)
    for _ in range(200):
        small.learn(seen, 0.1)
    place = (states == seen[0]).all(1)
    assert exact(small)[1][place] > 2 * before[place]
    assert exact(small)[1][place] > 0.6


def test_a_machine_reads_and_is_compared_with_the_mean_image():
    start, *rest = boltzmann.train(boltzmann.Config(epochs=2))
    assert start.total_steps == len(rest)
    assert float(rest[-1].scalars["test/error"]) < float(rest[-1].scalars["test/mean image error"])


@pytest.mark.parametrize("shown", ["images", "dealt", "nothing"])
def test_a_stack_begins_where_its_machines_ended(shown):
    config = belief.Config(shown=shown, epochs=1, fine_epochs=1)
    start, *rest = belief.train(config)
    assert [item.step for item in rest] == list(range(1, start.total_steps + 1))
    assert ("train/error 3" in {name for item in rest for name in item.scalars}) is (
        shown != "nothing"
    )
    assert 0 <= float(rest[-1].scalars["test/accuracy"]) <= 1


def test_the_stack_says_what_the_machines_say():
    machines = [RBM(a, b, generator(), "cpu") for a, b in itertools.pairwise(belief.SIZES)]
    images = torch.rand(4, 8, 8)
    seen = images.flatten(1)
    for machine in machines:
        seen = machine.up(seen)
    assert torch.allclose(belief.stack(machines)[:-1](images), seen, atol=1e-6)
    assert math.prod(belief.stack([])(images).shape) == 40


def test_dealt_pixels_keep_their_values_and_nothing_else():
    images = splits()[0].images.flatten(1)
    dealt = belief.deal(images, generator())
    assert torch.equal(dealt.sort(0).values, images.sort(0).values)
    lit = images.std(0) > 0
    before, after = (torch.corrcoef(each[:, lit].T).fill_diagonal_(0) for each in (images, dealt))
    assert float(before.abs().mean()) > 5 * float(after.abs().mean())
    assert float(after.abs().mean()) < 0.03


def test_the_first_machine_is_looked_at():
    config = belief.Config(shown="dealt", epochs=belief.LOOK, fine_epochs=1)
    drawn = [item for item in belief.train(config) if isinstance(item, Reading) and item.pictures]
    assert [item.step for item in drawn] == [belief.LOOK, 3 * belief.LOOK + 1]
    assert set(drawn[0].pictures) == {"shown", "copies", "filters"}
    for picture in drawn[0].pictures.values():
        assert picture.data.shape == (2, 5, 8, 8)
        assert 0 <= float(picture.data.min()) <= float(picture.data.max()) <= 1


def test_labels_may_change_the_last_layer_alone(monkeypatch):
    built = []
    real = belief.stack
    monkeypatch.setattr(belief, "stack", lambda *given: built.append(real(*given)) or built[-1])
    for turns in (0, 3):
        list(belief.train(belief.Config(learns="last layer", epochs=1, fine_epochs=turns)))
    before, after = (list(each.parameters()) for each in (built[0], built[belief.STACKS]))
    same = [torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert same == [True] * 6 + [False] * 2


@pytest.mark.parametrize(
    ("knobs", "word"),
    [({"shown": "x"}, "dealt"), ({"activation": "x"}, "relu"), ({"learns": "x"}, "last layer"),
     ({"labels": 0}, "1,097")],
)  # fmt: skip
def test_a_belief_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(belief.train(belief.Config(**knobs)))
