"""The hidden layer that says nothing."""

from collections.abc import Iterator

from torch import nn

from models import mlp
from models.clinic import Config, Patient, digits, function, observe, sgd
from models.reading import Reading, Start


def as_found(model):
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.1)
            nn.init.constant_(layer.bias, -5.0)


def healthy(model):
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


def train(config: Config) -> Iterator[Start | Reading]:
    initialise = function(config, "initialise", as_found, healthy)
    data, valid, test = digits(config)
    model = mlp.network()
    initialise(model)
    model = model.to(config.device)
    patient = Patient(
        model=model,
        optimizer=sgd(model),
        data=data,
        valid=valid,
        test=test,
        signs=("hidden/active",),
    )
    yield from observe(patient, config)
