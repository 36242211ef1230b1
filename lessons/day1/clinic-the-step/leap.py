"""The loss that leaps in the first steps."""

from collections.abc import Iterator

from torch import optim

from models import mlp
from models.clinic import Config, Patient, digits, function, observe
from models.reading import Reading, Start


def as_found(model):
    return optim.Adam(model.parameters(), lr=1.0)


def healthy(model):
    return optim.Adam(model.parameters(), lr=0.01)


def train(config: Config) -> Iterator[Start | Reading]:
    build_optimizer = function(config, "build_optimizer", as_found, healthy)
    data, valid, test = digits(config)
    model = mlp.network().to(config.device)
    patient = Patient(
        model=model,
        optimizer=build_optimizer(model),
        data=data,
        valid=valid,
        test=test,
        signs=("hidden/active",),
    )
    yield from observe(patient, config)
