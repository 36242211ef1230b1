"""What a network is told to cost is what torch's own counter counts, and counting changes nothing."""

import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from tutor.core.network import amount, own_name, shape, size, table, whole
from tutor.worker.anatomy import ROWS, take_apart


def counted(model, example):
    """The FLOPs of one pass by torch's counter, attention computed by its layers."""
    counter = FlopCounterMode(display=False)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with counter, torch.no_grad():
            model.eval()(example)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return counter.get_total_flops()


def rows(anatomy):
    return {row.name: row for row in anatomy.layers}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("alexnet", 61_100_840), ("resnet18", 11_689_512), ("vit_b_16", 86_567_656)],
)
def test_full_size_networks_on_the_meta_device(name, parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = pytest.importorskip("torchvision.models")
    with torch.device("meta"):
        model, images = getattr(models, name)(), torch.empty(8, 3, 224, 224)
    found = take_apart(model, images)
    assert model.training
    assert found.samples == 1
    assert found.parameters == parameters
    assert found.parameter_bytes == 4 * parameters
    assert found.flops == counted(model, images[:1])
    first = found.layers[0]
    assert (first.given, first.made) == ([1, 3, 224, 224], [1, 1000])
    total = whole(found.layers)[0]
    assert (total.parameters, total.flops) == (found.parameters, found.flops)
    assert total.made_bytes == found.made_bytes


@pytest.mark.parametrize(
    ("layer", "given"),
    [
        (nn.Linear(5, 7), (1, 3, 5)),
        (nn.Linear(5, 7, bias=False), (1, 5)),
        (nn.Conv1d(4, 6, 3, stride=2, padding=1), (1, 4, 9)),
        (nn.Conv2d(4, 6, 3, groups=2, dilation=2), (1, 4, 9, 8)),
        (nn.Conv3d(2, 3, 2), (1, 2, 4, 5, 6)),
        (nn.ConvTranspose1d(4, 6, 3, stride=2), (1, 4, 9)),
        (nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), (1, 4, 5, 6)),
        (nn.ConvTranspose3d(2, 3, 2), (1, 2, 3, 4, 5)),
    ],
)
def test_every_kind_of_layer_counts_as_torch_counts_it(layer, given):
    example = torch.rand(given)
    found = take_apart(layer, example)
    assert found.flops == counted(layer, example) > 0


def test_attention_counts_on_every_device_the_same():
    class Attention(nn.Module):
        """Written by hand: none of it is a layer's."""

        def forward(self, x):
            return functional.scaled_dot_product_attention(x, x, x)

    class Products(nn.Module):
        def forward(self, x):
            return (x @ x.transpose(-2, -1)).softmax(-1) @ x

    # Queries times keys, then shares times values: two operations for each of 2 * 3 * 7 * 7 * 4.
    both = 2 * (2 * 3 * 7 * 7 * 4) * 2
    for model in (Attention(), Products()):
        assert take_apart(model, torch.rand(1, 2 * 3, 7, 4)).flops == both
        assert take_apart(model, torch.rand(1, 2 * 3, 7, 4, device="meta")).flops == both


def test_a_transformer_layer_is_seen_layer_by_layer():
    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    found = take_apart(model, torch.rand(4, 5, 8))
    assert list(rows(found))[:3] == ["", "self_attn", "dropout1"]
    # Its projection is used by the attention and never called: it counts there.
    assert rows(found)["self_attn"].parameters == 3 * 8 * 8 + 3 * 8 + 8 * 8 + 8
    assert found.parameters == sum(each.numel() for each in model.parameters())
    attention = 2 * 5 * (8 * 24 + 8 * 8) + 2 * 2 * 5 * 5 * 8
    assert rows(found)["self_attn"].flops == attention
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.mark.parametrize(("kind", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)])
def test_a_recurrent_layer_uses_each_weight_at_every_place(kind, gates):
    layer = kind(3, 5, batch_first=True)
    by_hand = 2 * 7 * gates * 5 * (3 + 5)  # seven places, two for a multiply-add
    for device in ("cpu", "meta"):
        found = take_apart(layer.to(device), torch.rand(2, 7, 3, device=device))
        assert found.flops == by_hand
        assert found.layers[0].made == [1, 7, 5]


class Shared(nn.Module):
    """One layer used twice, two that share a weight, one that is never called."""

    def __init__(self):
        super().__init__()
        self.twice = nn.Linear(4, 4)
        self.a, self.b = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
        self.b.weight = self.a.weight
        self.unused = nn.Linear(4, 100)
        self.own = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return self.b(self.a(self.twice(self.twice(x))))


def test_what_is_shared_counts_once_and_each_call_has_its_row():
    model = Shared()
    found = take_apart(model, torch.rand(6, 4))
    assert list(rows(found)) == ["", "twice", "twice#2", "a", "b"]
    assert [row.parameters for row in found.layers] == [503, 20, 0, 16, 0]
    assert [row.flops for row in found.layers] == [0, 32, 32, 32, 32]
    assert found.parameters == sum(each.numel() for each in model.parameters())
    assert [row.depth for row in found.layers] == [0, 1, 1, 1, 1]


def test_types_smaller_than_single_precision_take_fewer_bytes():
    found = take_apart(nn.Linear(4, 2).bfloat16(), torch.rand(3, 4).bfloat16())
    assert (found.parameter_bytes, found.made_bytes) == (20, 4)


class Alone(nn.Module):
    """Refuses a batch of one, as batch normalisation does while it trains."""

    def forward(self, x):
        if len(x) == 1:
            raise ValueError("more than one, please")
        return functional.linear(x, torch.ones(2, x.shape[1]))


def test_where_a_sample_cannot_go_alone_all_of_them_go():
    found = take_apart(Alone(), torch.rand(5, 3))
    assert found.samples == 5
    assert found.flops == 2 * 5 * 3 * 2


def test_without_an_example_the_modules_are_listed():
    found = take_apart(nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU())), None)
    assert [(row.name, row.depth) for row in found.layers] == [
        ("", 0),
        ("0", 1),
        ("1", 1),
        ("1.0", 2),
    ]
    assert (found.samples, found.parameters, found.flops) == (0, 16, 0)


class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(2, 2)

    def forward(self, x):
        for _ in range(ROWS + 500):
            x = self.cell(x)
        return x


def test_of_too_many_calls_the_rest_is_in_the_totals_alone():
    found = take_apart(Loop(), torch.rand(2, 2))
    assert (len(found.layers), found.left_out) == (ROWS, 501)
    assert found.flops == (ROWS + 500) * 8


class Keywords(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return {"logits": [self.inner(x=x)], "loss": None}


class Inner(nn.Module):
    def forward(self, *, x):
        return (x, None)


def test_layers_may_be_called_by_keyword_and_make_containers():
    found = take_apart(Keywords(), torch.rand(2, 3))
    assert [(row.given, row.made) for row in found.layers] == [([1, 3], [1, 3])] * 2


# --- in words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (61_706, "61.7 k"),
        (999_999, "1.00 M"),
        (61_100_840, "61.1 M"),
        (1_428_376_960, "1.43 G"),
        (5 * 10**18, "5.00 E"),
    ],
)
def test_amounts(value, words):
    assert amount(value) == words


def test_sizes_and_shapes():
    assert [size(each) for each in (0, 1023, 1024, 1023 * 1024, 10**9)] == [
        "0 B",
        "1.00 KiB",
        "1.00 KiB",
        "1.00 MiB",
        "954 MiB",
    ]
    assert shape([1, 6, 28, 28], 1) == "6×28×28"
    assert shape([5, 3], 5) == "5×3"
    assert shape([1], 1) == "1"
    assert shape([], 1) == "–"


def test_the_table_names_what_lies_inside_by_its_own_name():
    model = nn.Sequential()
    model.add_module("body", nn.Sequential(nn.Linear(3, 4), nn.ReLU()))
    model.add_module("head", nn.Linear(4, 2))
    found = take_apart(model, torch.rand(5, 3))
    lines = table(found)
    assert [line.split()[0] for line in lines] == ["layer", "body", "0", "1", "head", "all"]
    assert lines[2].startswith("  0")
    assert lines[-1].split()[4:] == ["26", "40", "104", "B", "40", "B"]
    assert own_name(found.layers, 2) == "0"
    assert whole(found.layers)[1].flops == 24
