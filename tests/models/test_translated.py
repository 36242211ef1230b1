"""The lab's network in PyTorch: its counts, its floor, its weights; and Keras' own, where it is there."""

import math
import os
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from models import keras_lab
from models.data import objects
from models.reading import Reading
from models.translated import (
    Config,
    carried,
    dense_from_keras,
    dense_to_keras,
    kernel_from_keras,
    lab,
    pooled,
    train,
)

SOLUTION = Path(__file__).parents[2] / "lessons/day2/33-cnn-in-keras/solution/translate.py"


def count(model):
    return sum(weights.numel() for weights in model.parameters())


# --- the things -------------------------------------------------------------------------------


def test_each_split_has_as_many_of_each_kind_and_is_the_same_each_time():
    once, again = objects.splits(), objects.splits()
    for part, same, size in zip(once, again, (1500, 500, 500), strict=True):
        assert part.images.shape == (size, 3, 16, 16)
        assert 0 <= float(part.images.min()) <= float(part.images.max()) <= 1
        assert part.labels.bincount().tolist() == [size // 10] * 10
        assert torch.equal(part.images, same.images)
    assert not torch.equal(once[1].images, once[2].images)


def test_shapes_are_where_they_should_be():
    at = torch.linspace(-1, 1, 41)
    u, v = at.expand(1, 41, 41), at[:, None].expand(1, 41, 41)
    first, second = (torch.stack(masks)[:, 0] for masks in objects.shapes(u, v))
    named = dict(zip(objects.KINDS, first, strict=True))
    middle = 20, 20
    for kind in ("disc", "square", "triangle", "cross", "star"):
        assert named[kind][middle], kind
    assert not named["ring"][middle]
    assert bool(named["ring"][20, 38])
    share = float(named["disc"].float().mean())
    assert share == pytest.approx(math.pi / 4, abs=0.06)
    # The two colours of a thing never lie on the same point.
    assert not (first & second).any()
    assert [bool(mask.any()) for mask in second] == [False] * 6 + [True] * 4
    # The first colour of every kind is the same on its left and on its right.
    for kind, mask in named.items():
        assert float((mask ^ mask.flip(1)).float().mean()) < 0.01, kind


def test_colours_do_not_tell_the_kind():
    data = objects.draw(2000, 5)
    corners = data.images[:, :, 0, 0]
    means = torch.stack([corners[data.labels == kind].mean(0) for kind in range(10)])
    assert float(means.std(0).max()) < 0.03


# --- networks and weights ---------------------------------------------------------------------


def test_the_counts():
    assert count(lab()) == 271_146
    assert count(lab()[-1]) == 250_890
    assert count(lab(16)) == 66_346
    assert count(pooled(16)) == 19_466
    for side in (16, 32):
        for network in (lab, pooled):
            assert network(side)(torch.zeros(2, 3, side, side)).shape == (2, 10)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4))
def test_dealing_is_what_flattening_in_the_other_order_asks_for(side, channels, out):
    maps, kernel = torch.randn(3, side, side, channels), torch.randn(side * side * channels, out)
    theirs = maps.flatten(1) @ kernel
    weight = dense_from_keras(kernel, channels)
    torch.testing.assert_close(maps.permute(0, 3, 1, 2).flatten(1) @ weight.T, theirs)
    assert torch.equal(dense_to_keras(weight, channels), kernel)
    assert torch.equal(dense_from_keras(kernel), kernel.T)


def test_a_kernel_in_the_other_order():
    kernel = torch.randn(2, 3, 4, 5)
    assert kernel_from_keras(kernel).shape == (5, 4, 2, 3)
    assert kernel_from_keras(kernel)[4, 3, 1, 2] == kernel[1, 2, 3, 4]


def test_carried_with_and_without_dealing():
    torch.manual_seed(0)
    model, pictures = lab(16), torch.rand(4, 3, 16, 16)
    torch.testing.assert_close(carried(model, dealt=True)(pictures), model(pictures))
    assert not torch.allclose(carried(model, dealt=False)(pictures), model(pictures), atol=0.01)


# --- the run ----------------------------------------------------------------------------------


def last(**knobs):
    found = {}
    for item in train(Config(**knobs)):
        if isinstance(item, Reading):
            found |= item.scalars
    return {name: float(value) for name, value in found.items()}


@pytest.mark.slow
def test_it_reads_and_is_carried():
    found = last(epochs=1, pixels="0 to 1", answers="logits")
    assert found["carried/dealt anew"] == found["test/accuracy"]
    assert set(found) >= {"train/loss", "valid/accuracy", "carried/as they lie"}


@pytest.mark.slow
def test_the_floor_of_two_softmaxes():
    sure = torch.full((1, 10), -1e4)
    sure[0, 3] = 1e4
    twice = functional.cross_entropy(sure.softmax(1), torch.tensor([3]))
    assert float(twice) == pytest.approx(math.log(math.e + 9) - 1, abs=1e-4)
    assert last(epochs=2)["valid/accuracy"] == pytest.approx(0.1)


@pytest.mark.parametrize("knob", ["network", "pixels", "answers"])
def test_a_word_that_nobody_knows_is_told(knob):
    with pytest.raises(ValueError, match=knob):
        next(train(Config(**{knob: "soup"})))
    with pytest.raises(ValueError, match="epochs"):
        next(train(Config(epochs=0)))


# --- Keras itself -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keras(tmp_path_factory):
    """Keras on PyTorch; it writes a settings file, so it gets a home of its own."""
    if find_spec("keras") is None:
        pytest.skip("keras is not installed: pip install 'dlwalk-tutor[keras]'")
    os.environ["KERAS_BACKEND"] = "torch"
    os.environ["KERAS_HOME"] = str(tmp_path_factory.mktemp("keras"))
    import keras

    if keras.backend.backend() != "torch":
        pytest.skip(f"keras runs on {keras.backend.backend()} here, not on torch")
    with torch.device("cpu"):
        yield keras


def build(keras, side, answers="softmax"):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((side, side, 3)),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation=answers),
        ]
    )


def say(model, pictures):
    """What Keras says of pictures that lie channels first."""
    answers = model(pictures.permute(0, 2, 3, 1).contiguous())
    return torch.as_tensor(answers).detach().cpu()


def weights_of(model):
    return [each.value.detach().cpu() for each in model.weights]


def test_keras_counts_as_many_parameters(keras):
    assert build(keras, 32).count_params() == count(lab()) == 271_146


def test_keras_and_we_say_the_same_with_its_weights(keras):
    theirs, ours, pictures = build(keras, 16), lab(16), objects.draw(20, 3).images
    first, one, second, two, dense, three = weights_of(theirs)
    places = {
        "0.weight": kernel_from_keras(first), "0.bias": one,
        "2.weight": kernel_from_keras(second), "2.bias": two,
        "5.weight": dense_from_keras(dense, 32), "5.bias": three,
    }  # fmt: skip
    ours.load_state_dict(places)
    torch.testing.assert_close(
        ours(pictures).softmax(1), say(theirs, pictures), atol=1e-5, rtol=1e-4
    )
    ours.load_state_dict(places | {"5.weight": dense_from_keras(dense)})
    assert not torch.allclose(ours(pictures).softmax(1), say(theirs, pictures), atol=1e-3)


def test_the_solution_of_the_exercise_says_what_keras_says(keras):
    spec = spec_from_file_location("translate", SOLUTION)
    learner = module_from_spec(spec)
    spec.loader.exec_module(learner)
    listed = [
        ("Conv2D", {"filters": 6, "kernel_size": 3, "padding": "same", "activation": "relu"}),
        ("MaxPooling2D", {"pool_size": 2}),
        ("Conv2D", {"filters": 5, "kernel_size": 2}),
        ("Flatten", {}),
        ("Dense", {"units": 7, "activation": "relu"}),
        ("Dense", {"units": 4, "activation": "softmax"}),
    ]
    theirs = keras.Sequential(
        [keras.Input((9, 11, 3))]
        + [getattr(keras.layers, kind)(**settings) for kind, settings in listed]
    )
    ours, pictures = learner.translate(listed, (9, 11, 3)), torch.rand(5, 3, 9, 11)
    assert count(ours) == theirs.count_params()
    first, one, second, two, dense, three, last_weights, four = weights_of(theirs)
    given = [
        learner.kernel_from_keras(first), one, learner.kernel_from_keras(second), two,
        learner.dense_from_keras(dense, (3, 4, 5)), three, last_weights.T, four,
    ]  # fmt: skip
    with torch.no_grad():
        for mine, his in zip(ours.parameters(), given, strict=True):
            mine.copy_(his)
    torch.testing.assert_close(
        ours(pictures).softmax(1), say(theirs, pictures), atol=1e-5, rtol=1e-4
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_labs_own_code_learns_nothing_on_this_backend(keras):
    data = objects.draw(400, 0)
    keras.utils.set_random_seed(0)
    model = build(keras, 16)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    pictures = (255 * data.images).permute(0, 2, 3, 1).numpy()
    told = model.fit(
        pictures, functional.one_hot(data.labels).numpy(), batch_size=32, epochs=3, verbose=0
    ).history
    assert told["accuracy"][-1] == pytest.approx(0.1)
    assert told["loss"][-1] == pytest.approx(0.9 * -math.log(1e-7), abs=0.01)
    assert f"{0.9 * -math.log(1e-7):.3f}" == "14.506"


@pytest.mark.parametrize("name", ["lab", "pooled"])
@pytest.mark.parametrize("answers", ["softmax", "logits"])
def test_the_run_begins_with_the_same_network_twice(keras, name, answers):
    config = keras_lab.Config(network=name, answers=answers)
    pair = keras_lab.Pair(keras, config)
    assert pair.theirs.count_params() == count(pair.ours)
    assert pair.apart(objects.draw(20, 3).images) < 1e-5
    said = keras_lab.summary(pair.theirs, pair.ours).caption
    assert f"{count(pair.ours):,} parameters" in said
    assert f"Total params: {count(pair.ours):,}" in said
