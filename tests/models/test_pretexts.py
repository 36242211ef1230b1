"""Pretext tasks: what each is asked, how it is judged, and that all are asked equally much."""

import pytest
import torch
from torch import nn

from models import pretexts
from models.data.glyphs import glyphs
from models.pretexts import Config, body, examined, found, head, shown, task, train, view


@pytest.fixture(scope="module")
def drawn():
    return glyphs(12, 20, seed=5)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_twins_that_agree_are_found_and_shuffled_ones_are_not():
    views = torch.eye(5)
    assert found(views, 3 * views) == 1
    assert found(views, views.roll(1, 0)) == 0
    # A view may not be its own answer, however alike.
    assert found(torch.ones(2, 3), torch.ones(2, 3)) <= 0.5


@pytest.mark.parametrize(
    ("views", "same"), [("same", True), ("changed", False), ("any turn", False)]
)
def test_views_differ_as_far_as_they_may(drawn, views, same):
    images = drawn[:, 0][:, None]
    seen = view(images, views, generator())
    assert torch.equal(seen, images) is same
    assert 0 <= seen.min() <= seen.max() <= 1


def test_a_full_turn_moves_more_than_a_little_one(drawn):
    images = drawn.flatten(0, 1)[:, None]
    little, full = (
        (view(images, views, generator()) - images).square().sum()
        for views in ("changed", "any turn")
    )
    assert full > little


@pytest.mark.parametrize(("name", "images"), [("rotation", 120), ("twins", 120), ("names", 120)])
def test_every_task_is_shown_as_many_images_a_step(drawn, name, images):
    config, seen = Config(task=name, glyphs=12), []
    eye = body()
    eye.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    loss, right = task(config, nn.Sequential(eye, head(config)), drawn)(generator())
    assert seen == [images]
    assert loss.requires_grad
    assert 0 <= right <= 1


def test_an_episode_of_all_glyphs_is_twenty_way(drawn):
    config, seen = Config(task="episodes", glyphs=12), []
    eye = body()
    eye.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    task(config, nn.Sequential(eye, head(config)), drawn)(generator())
    # Twelve glyphs are all that there are; of 150 it would take twenty.
    assert seen == [12 * 6]
    seen.clear()
    task(config, nn.Sequential(eye, head(config)), glyphs(25, 20, seed=6))(generator())
    assert seen == [120]


def test_a_network_that_knows_all_passes_and_one_that_knows_nothing_draws_lots(drawn):
    class Told(nn.Module):
        """Reads the class that is written into the first pixel."""

        def forward(self, images):
            return nn.functional.one_hot(images[:, 0, 0, 0].long(), 12).float()

    class Blind(nn.Module):
        def forward(self, images):
            return torch.zeros(len(images), 3)

    marked = drawn.clone()
    marked[:, :, 0, 0] = torch.arange(12.0)[:, None]
    assert examined(Told(), marked) == 1
    assert examined(Blind(), drawn) == pytest.approx(0.2)


def test_the_examination_is_the_same_each_time_and_leaves_the_network_as_it_was(drawn):
    eye = body().train()
    before = [value.clone() for value in eye.state_dict().values()]
    assert examined(eye, drawn) == examined(eye, drawn)
    assert eye.training
    assert all(map(torch.equal, before, eye.state_dict().values()))


@pytest.mark.parametrize("name", ["rotation", "twins", "names", "episodes"])
def test_each_task_trains_and_is_compared(monkeypatch, name):
    monkeypatch.setattr(pretexts, "JUDGED", 3)
    start, *rest = train(Config(task=name, glyphs=10, steps=3))
    assert start.total_steps == len(rest) == 3
    end = rest[-1]
    assert {"valid/new", "test/new", "test/untrained", "test/pixels"} < set(end.scalars)
    assert set(end.pictures) == {"task", "episode"}
    assert end.scalars["test/untrained"] != end.scalars["test/new"]


def test_pixels_are_what_prototypes_make_of_them(drawn):
    flat, right = drawn.flatten(2), 0.0
    lots = generator()
    for _ in range(pretexts.JUDGED):
        chosen = torch.randperm(12, generator=lots)[:5]
        order = [torch.randperm(20, generator=lots)[:6] for _ in chosen]
        shown = torch.stack([flat[c, o[0]] for c, o in zip(chosen, order, strict=True)])
        asked = torch.cat([flat[c, o[1:]] for c, o in zip(chosen, order, strict=True)])
        answers = torch.cdist(asked, shown).argmin(1)
        right += float((answers == torch.arange(5).repeat_interleave(5)).float().mean())
    assert examined(nn.Flatten(), drawn) == pytest.approx(right / pretexts.JUDGED, abs=2e-3)


def test_what_is_asked_is_shown(drawn):
    images = drawn[:6, 0][:, None]
    turned = shown(Config(task="rotation"), images).data
    assert torch.equal(turned[1], torch.rot90(turned[0], 1, (1, 2)))
    same = shown(Config(task="twins", views="same"), images).data
    assert torch.equal(same[0], same[1])
    assert shown(Config(task="names"), images).data.shape == (1, 6, 16, 16)


@pytest.mark.parametrize(
    ("knobs", "word"),
    [({"task": "colour"}, "task"), ({"views": "none"}, "views"), ({"glyphs": 4}, "glyphs")],
)
def test_settings_that_cannot_be_are_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(iter(train(Config(**knobs))))
