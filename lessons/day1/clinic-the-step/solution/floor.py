"""The loss: cross entropy takes the raw scores."""

from torch.nn import functional


def loss_of(scores, labels):
    """The mean cross entropy of a batch, as a tensor that can be differentiated.

    scores: (batch, classes), as the last linear layer gives them: any numbers, of any size
    labels: (batch,), the right class of each
    """
    return functional.cross_entropy(scores, labels)
