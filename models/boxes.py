"""Boxes: how much two share, which of many say the same thing, and how good a list of them is.

A detector returns boxes with scores, more than there are things. To keep one box a thing,
non-maximum suppression takes the best box, drops all that share much with it, and goes on with the
best of what is left. To judge the rest, go down the list of a class by score: a box is right if it
shares at least half of its union with a thing that no better box has claimed. Each place in the
list is a point of precision (right so far over listed so far) and recall (right so far over all
there are); the area under that curve is the average precision, its mean over classes the mAP.
`mAP50` is the one that asks for half.

Boxes are (..., 4) of left, top, right and bottom, in pixels from the upper left corner.

Sources:
    M. Everingham, L. Van Gool, C. Williams, J. Winn, A. Zisserman, "The Pascal visual object
    classes (VOC) challenge", International Journal of Computer Vision 88:303-338, 2010,
    https://doi.org/10.1007/s11263-009-0275-4 (the matching; the area under every point, as in VOC
    since 2010)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Boxes:
    """What is, or is said to be, in one image.

    Attributes:
        boxes: (n, 4).
        labels: (n,) classes.
        scores: (n,), the greater the surer; of the truth they are not read.
    """

    boxes: Float[Tensor, "n 4"]
    labels: Int[Tensor, " n"]
    scores: Float[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.boxes)


def area(boxes: Float[Tensor, "*n 4"]) -> Float[Tensor, "*n"]:
    """Width by height; 0 where a box has no inside."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp_min(0).prod(-1)


def iou(a: Float[Tensor, "n 4"], b: Float[Tensor, "m 4"]) -> Float[Tensor, "n m"]:
    """Intersection over union of every pair, 0 to 1."""
    inside = torch.cat(
        [torch.maximum(a[:, None, :2], b[:, :2]), torch.minimum(a[:, None, 2:], b[:, 2:])], -1
    )
    both = area(inside)
    return both / (area(a)[:, None] + area(b) - both).clamp_min(1e-9)


def nms(
    boxes: Float[Tensor, "n 4"], scores: Float[Tensor, " n"], threshold: float
) -> Int[Tensor, " kept"]:
    """Non-maximum suppression.

    Args:
        boxes: Of one image.
        scores: The best goes first; of equal ones, the first.
        threshold: A box is dropped if it shares more than this with one that is kept.

    Returns:
        Indices of what is kept, best first.
    """
    order = scores.argsort(descending=True, stable=True)
    overlaps = iou(boxes[order], boxes[order]) > threshold
    kept = torch.ones(len(order), dtype=torch.bool, device=boxes.device)
    for place in range(len(order)):
        if kept[place]:
            kept[place + 1 :] &= ~overlaps[place, place + 1 :]
    return order[kept]


# --- how good a list is -----------------------------------------------------------------------


def hits(
    found: Sequence[Boxes], truth: Sequence[Boxes], label: int, threshold: float
) -> tuple[Bool[Tensor, " n"], int]:
    """Which boxes of a class are right, best score first, and how many there were to find.

    A box is held against the thing of its class, in its image, that it shares most with. If a box
    of greater score has claimed that thing, it is wrong: to find a thing twice is a mistake.
    """
    listed = [
        (float(score), image, index)
        for image, boxes in enumerate(found)
        for index, score in enumerate(boxes.scores)
        if boxes.labels[index] == label
    ]
    # By score alone: of equal ones the first stays first.
    listed.sort(key=lambda entry: -entry[0])
    things = [each.boxes[each.labels == label] for each in truth]
    shared = [iou(a.boxes, b) for a, b in zip(found, things, strict=True)]
    claimed: set[tuple[int, int]] = set()
    right = []
    for _, image, index in listed:
        row = shared[image][index]
        best = int(row.argmax()) if len(row) else -1
        hit = best >= 0 and float(row[best]) >= threshold and (image, best) not in claimed
        if hit:
            claimed.add((image, best))
        right.append(hit)
    return torch.tensor(right, dtype=torch.bool), sum(len(each) for each in things)


def curve(right: Bool[Tensor, " n"], there: int) -> Float[Tensor, "2 n"]:
    """Recall and precision at each place of the list.

    Precision is that of the best place from there on: a dip that a longer list makes good is none.
    """
    so_far = right.cumsum(0).double()
    precision = so_far / torch.arange(1, len(right) + 1)
    best = precision.flip(0).cummax(0).values.flip(0) if len(right) else precision
    return torch.stack([so_far / max(there, 1), best])


def average_precision(right: Bool[Tensor, " n"], there: int) -> float:
    """The area under the curve, from 0 to 1; nan where there was nothing to find."""
    if not there:
        return float("nan")
    recall, precision = curve(right, there)
    return float((recall.diff(prepend=recall.new_zeros(1)) * precision).sum())


def mean_average_precision(
    found: Sequence[Boxes], truth: Sequence[Boxes], classes: int, threshold: float = 0.5
) -> float:
    """The mean of the average precisions of all classes that are there.

    Args:
        found: What a detector returned for each image.
        truth: What is in each image, in the same order.
        classes: How many classes there are.
        threshold: How much of the union a box has to share with what it finds.
    """
    each = [average_precision(*hits(found, truth, label, threshold)) for label in range(classes)]
    return float(torch.tensor(each).nanmean())


# --- to look at ---------------------------------------------------------------------------------


def framed(image: Float[Tensor, "h w"], boxes: Float[Tensor, "n 4"]) -> Float[Tensor, "h w"]:
    """An image, dimmed, with a bright frame one pixel wide around what is in each box."""
    canvas = 0.6 * image.clamp(0, 1)
    height, width = canvas.shape
    for left, top, right, bottom in boxes.round().long().tolist():
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, width), min(bottom, height)
        if left < right and top < bottom:
            canvas[[top, bottom - 1], left:right] = 1
            canvas[top:bottom, [left, right - 1]] = 1
    return canvas
