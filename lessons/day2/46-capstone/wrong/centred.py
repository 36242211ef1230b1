from torch import nn
from torch.nn import functional


class Centred(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(12, 1)

    def forward(self, days):
        said = self.line(days)
        return said - said.mean()


def build():
    return Centred()


def loss(said, change):
    return functional.mse_loss(said, change)
