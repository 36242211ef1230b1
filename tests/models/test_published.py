"""The published image sets are read as torchvision lays them out, and missed in one sentence."""

import gzip
import pickle
import struct

import pytest
import torch

from models.data import published


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
