from torch import nn


class Reader(nn.Module):
    """A GRU whose answers are compared with the very vectors it read."""

    def __init__(self, width=48):
        super().__init__()
        self.known = nn.Embedding(103, width)
        self.read = nn.GRU(width, width, batch_first=True)
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.known.weight, std=0.1)

    def forward(self, codes):
        seen, _ = self.read(self.known(codes))
        return self.norm(seen) @ self.known.weight.T


def build():
    return Reader()
