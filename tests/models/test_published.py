"""The published image sets are read as torchvision lays them out, and missed in one sentence."""

import gzip
import pickle
import struct

import pytest
import torch

from models import classifying, vgg
from models.data import published
from models.reading import asked


def idx(array):
    """An array of bytes in MNIST's format."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + bytes(
        array.flatten().tolist()
    )


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for kind, count in (("train", 5), ("t10k", 3)):
        images = torch.arange(count * 784).remainder(256).reshape(count, 28, 28)
        for name, array in (("images-idx3", images), ("labels-idx1", torch.arange(count))):
            (folder / f"{kind}-{name}-ubyte").write_bytes(idx(array))
    monkeypatch.setenv("DLWALK_DATA", str(tmp_path))
    return tmp_path


def test_mnist_from_a_folder(mnist):
    train, test = published.load("mnist")
    assert train.images.shape == (5, 1, 28, 28)
    assert test.labels.tolist() == [0, 1, 2]
    assert train.images[0, 0, 0, 255 % 28].item() <= 1
    assert train.images.max() == 1


def test_colours_come_first(tmp_path, monkeypatch):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    monkeypatch.setattr("torchvision.datasets.CIFAR10._check_integrity", lambda self: True)
    monkeypatch.setattr("torchvision.datasets.CIFAR10._load_meta", lambda self: None)
    import numpy as np

    pixels = np.zeros((2, 3, 32, 32), np.uint8)
    pixels[:, 0] = 255
    batch = pickle.dumps({"data": pixels.reshape(2, -1), "labels": [3, 4]})
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        (folder / name).write_bytes(batch)
    train, test = published.load("cifar10", folder=tmp_path)
    assert train.images.shape == (10, 3, 32, 32)
    assert test.labels.tolist() == [3, 4]
    assert train.images.mean((0, 2, 3)).tolist() == [1, 0, 0]


def test_what_is_not_here_is_said_with_what_is_used_instead(tmp_path, monkeypatch):
    monkeypatch.delenv("DLWALK_DATA", raising=False)
    monkeypatch.setattr(published, "KEPT", tmp_path / "kept")
    with pytest.raises(published.Missing, match=r"FashionMNIST is not here .* handwritten digits"):
        published.load("fashion")
    with pytest.raises(published.Missing, match=r"MNIST is not here .*made from"):
        published.load("mnist", folder=tmp_path)
    with pytest.raises(ValueError, match="imagenet"):
        published.load("imagenet")


def test_a_damaged_file_is_missed_and_not_believed(mnist):
    (mnist / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(gzip.compress(b"no"))
    with pytest.raises((published.Missing, AssertionError, ValueError)):
        published.load("mnist")


# --- what trains on them ------------------------------------------------------------------------------


def test_a_classifier_takes_a_whole_set(mnist):
    train, valid, test = classifying.splits("cpu", data="mnist")
    assert (train.images.shape, len(valid.labels), len(test.labels)) == ((5, 1, 32, 32), 0, 3)
    known = published.load("mnist")[0].images
    torch.testing.assert_close(train.images[:, :, 2:-2, 2:-2], 2 * known - 1)
    assert (train.images[:, :, :2] == -1).all(), "the edge is paper"


def test_colours_become_grey_and_a_twelfth_validates(monkeypatch):
    images = torch.rand(24, 3, 32, 32)
    part = published.Split(images, torch.arange(24) % 10)
    monkeypatch.setattr(published, "load", lambda *_, **options: (part, part))
    train, valid, test = classifying.splits("cpu", data="cifar10")
    assert [len(each.labels) for each in (train, valid, test)] == [22, 2, 24]
    torch.testing.assert_close(test.images[:, 0], 2 * images.mean(1) - 1)
    readings = list(vgg.train(vgg.Config(data="cifar10", divisor=32, batch_size=11, epochs=1)))
    assert "test/accuracy" in readings[-1].scalars


def test_without_a_network_the_digits_are_taken_and_a_sentence_says_so(
    tmp_path, monkeypatch, capsys
):
    def download(self):
        raise OSError("no network")

    monkeypatch.setattr("torchvision.datasets.FashionMNIST.download", download)
    monkeypatch.setenv("DLWALK_DATA", str(tmp_path))
    train, _, _ = classifying.splits("cpu", data="fashion")
    assert len(train.labels) == 1097
    said = capsys.readouterr().out
    assert said.startswith("FashionMNIST is not here (it is not whole in ")
    assert said.endswith("the course uses the 1,797 handwritten digits.\n")


def test_knobs_from_a_command_line():
    config = asked(
        vgg.Config, ["data=mnist", "divisor=1", "learning_rate=0.01", "batch_norm=false"]
    )
    assert (config.data, config.divisor, config.learning_rate) == ("mnist", 1, 0.01)
    assert config.batch_norm is False
    for word, says in (("deep=1", "no knob 'deep'; there are"), ("divisor=x", "it is like 16")):
        with pytest.raises(SystemExit, match=says):
            asked(vgg.Config, [word])
    with pytest.raises(ValueError, match="imagenet"):
        next(vgg.train(asked(vgg.Config, ["data=imagenet"])))
