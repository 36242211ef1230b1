"""The network that learns its training set and nothing else."""

from collections.abc import Iterator

import torch
from torch import nn, optim

from models.clinic import Config, Patient, digits, function, observe
from models.data.digits import Split
from models.reading import Reading, Start

IMAGES = 500


def as_found(images, labels):
    images = images[torch.randperm(len(images))]
    labels = labels[torch.randperm(len(labels))]
    return images, labels


def healthy(images, labels):
    order = torch.randperm(len(images))
    return images[order], labels[order]


def train(config: Config) -> Iterator[Start | Reading]:
    shuffled = function(config, "shuffled", as_found, healthy)
    data, valid, test = digits(config)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)).to(
        config.device
    )
    patient = Patient(
        model=model,
        optimizer=optim.Adam(model.parameters(), lr=0.005),
        data=Split(*shuffled(data.images[:IMAGES], data.labels[:IMAGES])),
        valid=valid,
        test=test,
        epochs=60,
    )
    yield from observe(patient, config)
