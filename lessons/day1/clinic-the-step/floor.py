"""The loss that stops at a floor."""

from collections.abc import Iterator

import torch
from torch import optim
from torch.nn import functional

from models import mlp
from models.clinic import Config, Patient, digits, function, observe
from models.reading import Reading, Start


def as_found(scores, labels):
    probabilities = torch.softmax(scores, dim=1)
    return functional.cross_entropy(probabilities, labels)


def healthy(scores, labels):
    return functional.cross_entropy(scores, labels)


def train(config: Config) -> Iterator[Start | Reading]:
    loss_of = function(config, "loss_of", as_found, healthy)

    def step(model, optimizer, images, labels):
        optimizer.zero_grad()
        loss = loss_of(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    data, valid, test = digits(config)
    model = mlp.network().to(config.device)
    patient = Patient(
        model=model,
        optimizer=optim.Adam(model.parameters(), lr=0.01),
        data=data,
        valid=valid,
        test=test,
        step=step,
        epochs=20,
    )
    yield from observe(patient, config)
