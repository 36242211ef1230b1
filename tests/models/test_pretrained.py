"""Reading published weights: the format byte by byte, and the ways in which a file is wrong."""

import json
import pickle
import struct

import pytest
import torch
from torch import nn

from models.pretrained import load, read, safetensors

NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def write(path, tensors, **metadata):
    """A safetensors file, from the description of the format."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        offsets = [len(data), len(data) + len(raw)]
        shape = list(tensor.shape)
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": shape, "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def test_a_file_written_byte_by_byte(tmp_path):
    text = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    by_hand = bytes([len(text), 0, 0, 0, 0, 0, 0, 0]) + text + b"\0\0\x80\x3f\0\0\0\xc0"
    (tmp_path / "a.safetensors").write_bytes(by_hand)
    assert safetensors(tmp_path / "a.safetensors")["a"].tolist() == [1.0, -2.0]


def test_tensors_come_back_as_they_were(tmp_path):
    tensors = {
        "odd": torch.arange(3, dtype=torch.float16),  # 6 bytes: what follows is not aligned
        "weight": torch.randn(4, 3),
        "half": torch.randn(2, 2).bfloat16(),
        "count": torch.tensor(7),
        "none": torch.empty(0, 5),
    }
    write(tmp_path / "model.safetensors", tensors, format="pt")
    found = safetensors(tmp_path / "model.safetensors")
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].shape == tensor.shape
        assert torch.equal(found[name], tensor)


def test_parts_are_read_together_and_come_before_torchs_own(tmp_path):
    write(tmp_path / "model-1.safetensors", {"a": torch.ones(1)})
    write(tmp_path / "model-2.safetensors", {"b": torch.ones(2)})
    (tmp_path / "README.md").write_text("a model")
    torch.save({"c": torch.ones(3)}, tmp_path / "model.pth")
    assert read(tmp_path).keys() == {"a", "b"}
    assert read(tmp_path / "model.pth").keys() == {"c"}
    write(tmp_path / "model-3.safetensors", {"a": torch.ones(1)})
    with pytest.raises(ValueError, match="another file does too"):
        read(tmp_path)


def test_torchs_own_files_are_read(tmp_path):
    torch.save(nn.Linear(2, 3).state_dict(), tmp_path / "linear.pth")
    assert {name: tuple(each.shape) for name, each in read(tmp_path).items()} == {
        "weight": (3, 2),
        "bias": (3,),
    }


class Program:
    def __reduce__(self):
        return print, ("it ran",)


def test_a_program_in_a_file_does_not_run(tmp_path, capsys):
    (tmp_path / "model.bin").write_bytes(pickle.dumps({"weight": Program()}))
    with pytest.raises(ValueError, match=r"model\.bin is no file of weights alone"):
        read(tmp_path)
    assert "it ran" not in capsys.readouterr().out
    (tmp_path / "model.bin").unlink()
    torch.save({"weight": torch.ones(1), "epoch": 3}, tmp_path / "model.pt")
    with pytest.raises(ValueError, match="something other than tensors"):
        read(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 7,
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 5) + b"weigh",
    ],
    ids=["empty", "short", "endless header", "a list", "no JSON"],
)
def test_what_is_no_safetensors_file_is_refused(tmp_path, raw):
    (tmp_path / "model.safetensors").write_bytes(raw)
    with pytest.raises(ValueError, match=r"model\.safetensors is no safetensors file"):
        read(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"data_offsets": [0, 4]},
        {"data_offsets": [-8, 0]},
        {"data_offsets": [4, 12]},
        {"shape": [-2]},
        {"dtype": "F8"},
    ],
    ids=lambda change: str(next(iter(change.values()))),
)
def test_a_tensor_that_does_not_lie_where_it_is_said_to_is_refused(tmp_path, change):
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | change
    text = json.dumps({"a": entry}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(8))
    with pytest.raises(ValueError, match="cut short"):
        read(path)


def test_a_folder_without_weights_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file of weights"):
        read(tmp_path)


# --- into a network -----------------------------------------------------------------------------


def network():
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def test_weights_get_their_places_by_name():
    source, target = network(), network()
    source(torch.randn(8, 2))
    published = {f"net.{name}": tensor for name, tensor in source.state_dict().items()}
    load(target, published, {name: f"net.{name}" for name in target.state_dict()})
    for name, tensor in target.state_dict().items():
        assert torch.equal(tensor, source.state_dict()[name])


def test_half_weights_become_full_ones_and_an_old_file_has_no_counter():
    target = network()
    tensors = {name: each.half() for name, each in network().state_dict().items()}
    del tensors["1.num_batches_tracked"]
    load(target, tensors)
    assert target[0].weight.dtype == torch.float32
    assert torch.equal(target[0].weight, tensors["0.weight"].float())


def test_what_does_not_fit_is_named_and_nothing_is_copied():
    target = network()
    before = {name: each.clone() for name, each in target.state_dict().items()}
    tensors = network().state_dict()
    del tensors["0.weight"]
    tensors["0.bias"] = torch.zeros(4)
    tensors["2.weight"] = torch.zeros(1)
    with pytest.raises(ValueError, match="another network") as found:
        load(target, tensors)
    for words in (
        "0.weight is missing",
        "0.bias is (4,) and has to be (3,)",
        "2.weight belongs nowhere",
    ):
        assert words in str(found.value)
    assert all(torch.equal(before[name], each) for name, each in target.state_dict().items())
