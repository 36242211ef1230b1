"""One training step: clear, measure, differentiate, move."""

from torch.nn import functional


def training_step(model, optimizer, images, labels):
    """Move the model one step downhill on one batch; return the loss of the batch before the step.

    model:     a network; model(images) is (batch, 10), a score for each digit
    optimizer: one of torch.optim, for the parameters of the model
    images:    (batch, 8, 8)
    labels:    (batch,), the digits 0 to 9
    """
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach()
