"""The validation accuracy that is too good."""

from collections.abc import Iterator

import torch
from torch import optim

from models import mlp
from models.clinic import Config, Patient, digits, function, observe
from models.data.digits import Split
from models.reading import Reading, Start

FORMS, SCANS = 300, 4
STAIN, SCANNER = 0.4, 0.05


def stained(images):
    """The forms with stains: on each pixel something random, which stays with the form."""
    return images + STAIN * torch.randn(images.shape)


def scanned(forms: Split) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Each form scanned four times; images, labels, and the number of the form of each image."""
    form = torch.arange(len(forms.labels)).repeat_interleave(SCANS)
    images = forms.images[form]
    return images + SCANNER * torch.randn(images.shape), forms.labels[form], form


def as_found(form):
    order = torch.randperm(len(form))
    cut = len(order) // 2
    return order[:cut], order[cut:]


def healthy(form):
    forms = form.unique()
    forms = forms[torch.randperm(len(forms))]
    chosen = torch.isin(form, forms[: len(forms) // 2])
    return chosen.nonzero().flatten(), (~chosen).nonzero().flatten()


def train(config: Config) -> Iterator[Start | Reading]:
    split = function(config, "split", as_found, healthy)
    data, _, test = digits(config)
    forms = Split(stained(data.images[:FORMS].cpu()), data.labels[:FORMS].cpu())
    images, labels, form = scanned(forms)
    train_rows, valid_rows = split(form)
    model = mlp.network().to(config.device)
    patient = Patient(
        model=model,
        optimizer=optim.Adam(model.parameters(), lr=0.01),
        data=Split(images[train_rows], labels[train_rows]).to(config.device),
        valid=Split(images[valid_rows], labels[valid_rows]).to(config.device),
        test=Split(stained(test.images.cpu()), test.labels.cpu()).to(config.device),
        epochs=20,
    )
    yield from observe(patient, config)
