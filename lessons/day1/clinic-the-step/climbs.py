"""The loss that turns round and climbs."""

from collections.abc import Iterator

from torch.nn import functional

from models import mlp
from models.clinic import Config, Patient, digits, function, observe, sgd, training_step
from models.reading import Reading, Start


def as_found(model, optimizer, images, labels):
    loss = functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach()


def train(config: Config) -> Iterator[Start | Reading]:
    step = function(config, "training_step", as_found, training_step)
    data, valid, test = digits(config)
    model = mlp.network().to(config.device)
    patient = Patient(
        model=model,
        optimizer=sgd(model),
        data=data,
        valid=valid,
        test=test,
        step=step,
        signs=("gradient/length",),
    )
    yield from observe(patient, config)
