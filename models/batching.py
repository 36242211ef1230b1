"""A call and a picture: what a batch costs, and why many pictures at once cost less.

Asking a network costs twice: something for each *call*, to start its hundred and more operations, and
something for each *picture*, to compute. With a for the call and c for the picture a batch of b takes
a + b c, so that b / (a + b c) pictures a second come out: at first as good as proportional to b, at
last 1 / c. The knee is where b is a / c. `law` finds a and c from what was measured.

Source:
    S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual performance model for
    multicore architectures", Communications of the ACM 52(4):65-76, 2009
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.stopwatch import Timing, middle, spread


@dataclass
class Measured:
    """What one lane did with one batch size.

    Attributes:
        lane: Its name.
        batch: Pictures.
        rate: Pictures a second, of the median call.
        gain: Of that, against the rate at a batch of 1 timed turn by turn with it.
        spread: The middle half of the calls lies so far apart, as a share of the median.
    """

    lane: str
    batch: int
    rate: float
    gain: float
    spread: float

    @classmethod
    def of(cls, lane: str, batch: int, one: Sequence[Timing], many: Sequence[Timing]) -> "Measured":
        """From the timings of a single picture and of a batch, taken in turns."""
        rate = batch / middle(many)
        return cls(lane, batch, rate, rate * middle(one), spread(many))


def law(found: Sequence[Measured]) -> tuple[float, float]:
    """Seconds a call and seconds a picture: the line that misses all batches least, relatively.

    Args:
        found: Of one lane, at least two batches.
    """
    rows = [(each.rate / each.batch, each.rate) for each in found]
    # Both sides of each equation a + c b = t are divided by t; then least squares.
    left = torch.tensor(rows, dtype=torch.float64)
    call, picture = torch.linalg.lstsq(left, torch.ones(len(rows), 1, dtype=torch.float64)).solution
    return float(call), float(picture)
