"""The two functions that every training program has."""

import torch


def train_epoch(model, batches, loss_of, optimizer):
    """One pass over the batches, with a step for each; returns the mean loss over all points."""
    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += 1
    return total / count


def validate(model, batches, loss_of):
    """The mean loss over all points, as a float; the model stays as it is, gradients too."""
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            total += loss_of(model(x), y).item()
            count += 1
    return total / count
