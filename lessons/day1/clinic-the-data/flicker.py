"""The accuracy that is different each time it is measured."""

from collections.abc import Iterator

import torch
from torch import nn, optim

from models.clinic import Config, Patient, digits, function, observe
from models.clinic import accuracy as healthy
from models.reading import Reading, Start


@torch.no_grad()
def as_found(model, images, labels):
    answers = model(images).argmax(1)
    return (answers == labels).float().mean()


def train(config: Config) -> Iterator[Start | Reading]:
    accuracy = function(config, "accuracy", as_found, healthy)
    data, valid, test = digits(config)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.7), nn.Linear(64, 10)
    ).to(config.device)
    patient = Patient(
        model=model,
        optimizer=optim.Adam(model.parameters(), lr=0.01),
        data=data,
        valid=valid,
        test=test,
        score=accuracy,
        twice=True,
    )
    yield from observe(patient, config)
