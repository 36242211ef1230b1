from torch import nn


class Reader(nn.Module):
    """Of each character it knows what tends to follow, and no more."""

    def __init__(self):
        super().__init__()
        self.next = nn.Embedding(103, 103)

    def forward(self, codes):
        """(n, 64) codes of characters to (n, 64, 103) logits.

        What stands at a place is answered from that place and those
        before it.
        """
        return self.next(codes)


def build():
    return Reader()
