"""AlexNet, VGG-16, Inception v1 and v3 against their papers and against torchvision's."""

import pytest
import torch
import torchvision
from marks import last
from torch import nn

from models import alexnet, classifying, inception, inception3, pretrained, vgg
from models.alexnet import AlexNet, ResponseNorm
from models.inception import GoogLeNet
from models.inception3 import Inception3
from models.reading import Reading, Start
from models.vgg import VGG16

published = torchvision.models


def count(model):
    return sum(each.numel() for each in model.parameters())


def convolution(maps_in, maps, size, groups=1):
    """Parameters of a convolution, biases included."""
    return maps_in // groups * maps * size**2 + maps


def linear(units_in, units):
    return (units_in + 1) * units


def on_meta(make, *arguments, **named):
    with torch.device("meta"):
        return make(*arguments, **named)


# --- full size ----------------------------------------------------------------------------------

# What the papers' tables of layers come to; torchvision's from the `num_params` of its weights.
FULL = {
    # Krizhevsky et al. 2012, section 3.5: "60 million parameters".
    "alexnet": (lambda: AlexNet("two-group"), 224, 60_965_224),
    "one-tower": (lambda: AlexNet("one-tower"), 224, 61_100_840),
    # Simonyan and Zisserman 2015, table 2: 138 million for D.
    "vgg": (VGG16, 224, 138_357_544),
    "vgg-bn": (lambda: VGG16(batch_norm=True), 224, 138_365_992),
    "googlenet": (lambda: GoogLeNet("2014", heads=False), 224, 6_998_552),
    "googlenet-heads": (lambda: GoogLeNet("2014"), 224, 13_378_280),
    "googlenet-torchvision": (lambda: GoogLeNet("torchvision", heads=False), 224, 6_624_904),
    "googlenet-torchvision-heads": (lambda: GoogLeNet("torchvision"), 224, 13_004_888),
    # Szegedy et al. 2016, abstract: "less than 25 million parameters", without the head.
    "inception3": (lambda: Inception3(head=False), 299, 23_834_568),
    "inception3-head": (lambda: Inception3(), 299, 27_161_264),
}


@pytest.mark.parametrize(("make", "side", "parameters"), FULL.values(), ids=FULL)
def test_full_size_has_the_published_number_of_parameters(make, side, parameters):
    model = on_meta(make)
    assert count(model) == parameters
    assert model(torch.empty(2, 3, side, side, device="meta")).shape == (2, 1000)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("AlexNet", 61_100_840),
        ("VGG16", 138_357_544),
        ("VGG16_BN", 138_365_992),
        ("GoogLeNet", 6_624_904),
        ("Inception_V3", 27_161_264),
    ],
)
def test_torchvision_publishes_weights_of_that_many_parameters(name, parameters):
    weights = getattr(published, f"{name}_Weights").IMAGENET1K_V1
    assert weights.meta["num_params"] == parameters


def test_alexnet_layer_by_layer():
    layers = [
        convolution(3, 96, 11),
        convolution(96, 256, 5, groups=2),
        convolution(256, 384, 3),
        convolution(384, 384, 3, groups=2),
        convolution(384, 256, 3, groups=2),
        linear(6 * 6 * 256, 4096),
        linear(4096, 4096),
        linear(4096, 1000),
    ]
    model = on_meta(AlexNet)
    assert layers == [
        count(layer) for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    assert sum(layers) == 60_965_224
    assert all(f"{layer:,}" in alexnet.__doc__ for layer in layers)


def test_vgg_block_by_block():
    model = on_meta(VGG16)
    blocks, block = [], 0
    for layer in model.features:
        block += count(layer)
        if isinstance(layer, nn.MaxPool2d):
            blocks.append(block)
            block = 0
    expected, maps = [], 3
    for widths in [(64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3]:
        pairs = zip((maps, *widths), widths, strict=False)
        expected.append(sum(convolution(i, o, 3) for i, o in pairs))
        maps = widths[-1]
    assert blocks == expected
    assert all(f"{block:,}" in vgg.__doc__ for block in blocks)
    assert count(model.classifier[0]) == 102_764_544
    assert 102_764_544 / count(model) == pytest.approx(0.75, abs=0.01)


def test_the_weights_of_module_3a_are_those_that_the_paper_counts():
    by_hand = 192 * 64 + 192 * 96 + 96 * 128 * 9 + 192 * 16 + 16 * 32 * 25 + 192 * 32
    assert by_hand == 163_328
    assert by_hand // 1024 == 159, "table 1 of the paper says 159K"
    module = on_meta(GoogLeNet).early[0]
    assert sum(each.numel() for each in module.parameters() if each.ndim == 4) == by_hand
    assert 192 * 32 * 25 == 153_600, "the 5x5 alone, without a 1x1 before it"


def test_the_sides_of_inception_3_are_those_of_the_papers_table():
    model = on_meta(Inception3)
    x, seen = torch.empty(1, 3, 299, 299, device="meta"), []
    for layer in model.lower:
        x = layer(x)
        seen.append((x.shape[1], x.shape[2]))
    # Rows of table 1: what each makes is what the next one gets.
    assert seen[:3] == [(32, 149), (32, 147), (64, 147)]
    assert seen[3] == (64, 73)
    assert seen[6:10] == [(192, 35), (256, 35), (288, 35), (288, 35)]
    assert seen[10:] == [(768, 17)] * 5
    for layer in model.upper[:3]:
        x = layer(x)
        seen.append((x.shape[1], x.shape[2]))
    assert seen[-3:] == [(1280, 8), (2048, 8), (2048, 8)]


# --- against torchvision's ----------------------------------------------------------------------


def twins(ours, theirs):
    """Both with the same random weights and statistics, in double precision, without dropout."""
    ours, theirs = (model.to_empty(device="cpu").double() for model in (ours, theirs))
    generator = torch.Generator().manual_seed(0)
    pairs = zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True)
    for mine, other in pairs:
        assert mine.shape == other.shape
        if not mine.is_floating_point():
            mine.zero_()
        elif mine.ndim > 1:
            bound = (6 / mine[0].numel()) ** 0.5
            mine.uniform_(-bound, bound, generator=generator)
        else:
            mine.uniform_(0.5, 1.5, generator=generator)
        other.copy_(mine)
    for layer in (*ours.modules(), *theirs.modules()):
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    return ours, theirs


def agree(ours, theirs, outputs, others):
    """Equal outputs, gradients and running statistics."""
    generator = torch.Generator().manual_seed(1)
    for mine, other in zip(outputs, others, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-9)
        # A weight for each logit: the sum of a softmax's inputs would hide a swap of two.
        weights = torch.randn(mine.shape, generator=generator, dtype=mine.dtype)
        (mine * weights).sum().backward(retain_graph=True)
        (other * weights).sum().backward(retain_graph=True)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert (mine.grad is None) == (other.grad is None)
        if mine.grad is not None:
            assert mine.grad.abs().max() > 0
            torch.testing.assert_close(mine.grad, other.grad, rtol=1e-6, atol=1e-9)
    for mine, other in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(mine, other)


def image(side, images=1):
    generator = torch.Generator().manual_seed(2)
    return torch.randn(images, 3, side, side, generator=generator, dtype=torch.double)


@pytest.mark.parametrize(
    ("make", "builder"),
    [
        (lambda: AlexNet("one-tower"), published.alexnet),
        (VGG16, published.vgg16),
        (lambda: VGG16(batch_norm=True), published.vgg16_bn),
    ],
    ids=["alexnet", "vgg16", "vgg16_bn"],
)
def test_alexnet_and_vgg_see_what_torchvisions_see(make, builder):
    ours, theirs = on_meta(make), on_meta(builder, weights=None)
    shapes = [
        {name: tensor.shape for name, tensor in each.state_dict().items()}
        for each in (ours, theirs)
    ]
    assert shapes[0] == shapes[1]
    # The wide layers' kinds and order are compared, not their 120 million weights.
    layers = [
        [str(layer) for layer in each.classifier if not isinstance(layer, nn.ReLU | nn.Dropout)]
        for each in (ours, theirs)
    ]
    assert layers[0] == layers[1]
    if builder is published.vgg16:
        return  # its convolutions are those of the one with batch norm
    ours, theirs = twins(ours.features, theirs.features)
    agree(ours, theirs, [ours(image(64))], [theirs(image(64))])


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("make", "builder"),
    [(lambda: AlexNet("one-tower"), published.alexnet), (VGG16, published.vgg16)],
    ids=["alexnet", "vgg16"],
)
def test_alexnet_and_vgg_answer_as_torchvisions_do(make, builder):
    ours, theirs = twins(on_meta(make), on_meta(builder, weights=None))
    with torch.no_grad():
        torch.testing.assert_close(ours(image(224)), theirs(image(224)), rtol=1e-9, atol=1e-9)


def test_googlenet_answers_as_torchvisions_does():
    theirs = on_meta(published.googlenet, weights=None, aux_logits=True, init_weights=False)
    ours, theirs = twins(on_meta(GoogLeNet, "torchvision"), theirs)
    top, second, first = theirs(image(64, 2))
    agree(ours, theirs, ours.all_logits(image(64, 2)), [top, first, second])
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(image(71)), theirs.eval()(image(71)))


def test_inception_3_answers_as_torchvisions_does():
    theirs = on_meta(published.inception_v3, weights=None, init_weights=False)
    ours, theirs = (model.eval() for model in twins(on_meta(Inception3), theirs))
    agree(ours, theirs, [ours(image(75))], [theirs(image(75))])
    # The head asks for the 17x17 places that an image of 299 leaves.
    generator = torch.Generator().manual_seed(3)
    halfway = torch.randn(2, 768, 17, 17, generator=generator, dtype=torch.double)
    head = theirs.AuxLogits
    agree(ours.head, head, [ours.head(halfway)], [head(halfway)])


def test_the_response_norm_is_torchs_with_its_alpha_divided_by_five():
    x = 30 * torch.randn(2, 12, 5, 5, dtype=torch.double)
    expected = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)(x)
    torch.testing.assert_close(ResponseNorm()(x), expected)


def test_a_group_sees_its_own_half_alone():
    model = AlexNet("two-group", divisor=8, small=True).features
    conv = [layer for layer in model if isinstance(layer, nn.Conv2d)][1]
    x = torch.randn(1, 12, 8, 8)
    changed = x.clone()
    changed[:, 6:] += 1
    half = conv.out_channels // 2
    assert torch.equal(conv(x)[:, :half], conv(changed)[:, :half])
    assert not torch.allclose(conv(x)[:, half:], conv(changed)[:, half:])


# --- published weights --------------------------------------------------------------------------


def test_published_weights_of_googlenet_are_loaded(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = published.googlenet(weights=None, aux_logits=True, init_weights=False).eval()
    torch.save(theirs.state_dict(), tmp_path / "googlenet.pth")
    ours = inception.from_pretrained(tmp_path)
    x = image(64).float()
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("load", "builder", "options"),
    [
        (alexnet.from_pretrained, published.alexnet, {}),
        (vgg.from_pretrained, published.vgg16, {}),
        (inception3.from_pretrained, published.inception_v3, {"init_weights": False}),
    ],
    ids=["alexnet", "vgg16", "inception_v3"],
)
def test_published_weights_are_loaded(tmp_path, load, builder, options):
    theirs = builder(weights=None, **options).eval()
    torch.save(theirs.state_dict(), tmp_path / "weights.pth")
    ours = load(tmp_path)
    x = image(224).float()
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x))


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save(published.squeezenet1_1(weights=None).state_dict(), tmp_path / "weights.pth")
    with pytest.raises(ValueError, match="another network"):
        inception.from_pretrained(tmp_path)


def test_names_follow_the_order_of_torchvisions():
    model = on_meta(GoogLeNet, "torchvision")
    names = pretrained.torchvision_names(model, "googlenet", aux_logits=True, init_weights=False)
    assert names["early.0.branches.0.0.weight"] == "inception3a.branch1.conv.weight"
    assert names["heads.1.6.bias"] == "aux2.fc2.bias"


# --- small --------------------------------------------------------------------------------------

SMALL = {
    "alexnet": (alexnet, {"divisor": 16}),
    "one-tower": (alexnet, {"divisor": 16, "style": "one-tower"}),
    "vgg": (vgg, {"divisor": 32}),
    "vgg-he": (vgg, {"divisor": 32, "batch_norm": False, "init": "he"}),
    "inception": (inception, {"divisor": 32}),
    "inception-2014": (inception, {"divisor": 32, "style": "2014", "auxiliary": False}),
    "inception3": (inception3, {"divisor": 32}),
}


@pytest.fixture
def few(monkeypatch):
    """A few of the digits, so that an epoch takes no time."""
    parts = [
        classifying.Split(part.images[:64], part.labels[:64]) for part in classifying.splits("cpu")
    ]
    monkeypatch.setattr(classifying, "splits", lambda device, data: parts)


@pytest.mark.parametrize(("module", "knobs"), SMALL.values(), ids=SMALL)
def test_what_the_small_nets_tell(few, module, knobs):
    start, *rest = module.train(module.Config(epochs=1, **knobs))
    assert isinstance(start, Start)
    assert (start.total_steps, start.steps_per_epoch, start.samples_per_step) == (2, 2, 32)
    assert [item.step for item in rest] == [1, 2]
    assert all(isinstance(item, Reading) for item in rest)
    assert rest[0].scalars.keys() == {"train/loss"}
    assert rest[1].scalars.keys() == {"train/loss", "valid/accuracy", "test/accuracy"}
    assert start.model.eval()(start.example).shape == (32, 10)
    own = rest[1].pictures.keys() - {"confusion"}
    assert len(own) == 1
    picture = rest[1].pictures[own.pop()]
    assert torch.isfinite(torch.as_tensor(picture.data)).all()
    assert picture.caption


@pytest.mark.parametrize("module", [alexnet, vgg])
def test_the_same_seed_is_the_same_run(few, module):
    def losses(seed):
        running = module.train(module.Config(seed=seed, epochs=1, divisor=32))
        return [float(item.scalars["train/loss"]) for item in running if isinstance(item, Reading)]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_the_branches_of_a_module_share_what_it_says(few):
    *_, end = inception.train(inception.Config(epochs=1, divisor=32))
    picture = end.pictures["branches"]
    assert picture.data.shape == (9, 4)
    torch.testing.assert_close(picture.data.sum(1), torch.ones(9))


def test_the_auxiliary_heads_add_their_share_to_the_loss():
    torch.manual_seed(0)
    model = GoogLeNet("torchvision", divisor=32, small=True, classes=10).eval()
    x, labels = torch.randn(4, 1, 32, 32), torch.arange(4)
    each = [nn.functional.cross_entropy(logits, labels) for logits in model.all_logits(x)]
    assert len(each) == 3
    expected = each[0] + 0.3 * (each[1] + each[2])
    torch.testing.assert_close(inception.loss(model, x, labels), expected)


@pytest.mark.parametrize(
    ("module", "knobs", "word"),
    [
        (alexnet, {"style": "x"}, "two-group"),
        (alexnet, {"dropout": 1.0}, "dropout"),
        (vgg, {"init": "x"}, "he"),
        (inception, {"style": "x"}, "2014"),
        (inception3, {"smoothing": 1.0}, "smoothing"),
        (vgg, {"divisor": 0}, "divisor"),
        (alexnet, {"divisor": 33}, "divisor"),
        (vgg, {"batch_size": 1}, "batch_size"),
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(module, knobs, word):
    with pytest.raises(ValueError, match=word):
        next(module.train(module.Config(**knobs)))


# --- the marks ----------------------------------------------------------------------------------

SEEDS = range(5)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("module", "knobs", "mark"),
    [
        (alexnet, {}, 0.95),
        (alexnet, {"style": "one-tower"}, 0.95),
        (vgg, {}, 0.95),
        (vgg, {"batch_norm": False, "init": "he", "learning_rate": 0.002, "epochs": 15}, 0.92),
        (inception, {}, 0.96),
        (inception3, {}, 0.94),
    ],
    ids=["alexnet", "one-tower", "vgg", "vgg-he", "inception", "inception3"],
)
def test_the_small_nets_reach_their_marks(module, knobs, mark, seed):
    assert last(module, seed=seed, **knobs)["test/accuracy"] >= mark


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("module", "knobs"),
    [(vgg, {"batch_norm": False}), (inception, {"style": "2014"})],
    ids=["vgg", "inception"],
)
def test_without_batch_norm_or_a_start_that_fits_they_do_not_start(module, knobs, seed):
    assert last(module, seed=seed, epochs=5, **knobs)["test/accuracy"] < 0.2
