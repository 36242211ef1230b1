"""The network that does not move."""

from collections.abc import Iterator

import torch
from torch import nn, optim

from models.clinic import Config, Patient, digits, function, observe
from models.reading import Reading, Start


def network(hidden):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def as_found(hidden, learning_rate):
    model = network(64)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    if hidden != 64:
        model = network(hidden)
    return model, optimizer


def healthy(hidden, learning_rate):
    model = network(hidden)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    return model, optimizer


def train(config: Config) -> Iterator[Start | Reading]:
    build = function(config, "build", as_found, healthy)
    data, valid, test = digits(config)
    with torch.device(config.device):
        model, optimizer = build(128, 0.1)
    patient = Patient(
        model=model,
        optimizer=optimizer,
        data=data,
        valid=valid,
        test=test,
        signs=("gradient/length", "weights/moved"),
    )
    yield from observe(patient, config)
