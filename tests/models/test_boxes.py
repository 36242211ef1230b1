"""Overlap, suppression and average precision, against torchvision and by hand."""

import math

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st

from models.boxes import (
    Boxes,
    area,
    average_precision,
    curve,
    framed,
    hits,
    iou,
    mean_average_precision,
    nms,
)


def random_boxes(count, seed, side=20):
    generator = torch.Generator().manual_seed(seed)
    corner = side * torch.rand(count, 2, generator=generator)
    return torch.cat([corner, corner + side * torch.rand(count, 2, generator=generator)], 1)


def test_two_squares_that_share_a_quarter():
    a, b = torch.tensor([[0.0, 0, 10, 10]]), torch.tensor([[5.0, 5, 15, 15]])
    assert iou(a, b).item() == pytest.approx(25 / 175)
    assert area(a).item() == 100
    assert iou(a, a).item() == 1
    assert iou(a, a + 10).item() == 0, "to touch is not to share"


def test_overlap_agrees_with_torchvision():
    a, b = random_boxes(40, 0), random_boxes(30, 1)
    torch.testing.assert_close(iou(a, b), torchvision.ops.box_iou(a, b))


@settings(deadline=None, max_examples=60)
@given(
    count=st.integers(0, 40),
    seed=st.integers(0, 10_000),
    threshold=st.sampled_from([0.0, 0.1, 0.3, 0.45, 0.7, 0.95]),
)
def test_suppression_agrees_with_torchvision(count, seed, threshold):
    boxes = random_boxes(count, seed)
    scores = torch.rand(count, generator=torch.Generator().manual_seed(seed))
    expected = torchvision.ops.nms(boxes, scores, threshold)
    assert torch.equal(nms(boxes, scores, threshold), expected)


def test_what_is_suppressed_suppresses_nothing():
    # The middle one shares much with both, the outer ones little with each other.
    boxes = torch.tensor([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    assert nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.3).tolist() == [0, 2]
    assert nms(boxes, torch.tensor([0.8, 0.9, 0.7]), 0.3).tolist() == [1]


# --- average precision --------------------------------------------------------------------------


def test_average_precision_by_hand():
    # Right, wrong, right, wrong; three to find. Precisions 1, 1/2, 2/3, 1/2 at recalls 1/3, 1/3,
    # 2/3, 2/3: a third of the way at 1, a third at 2/3, and the last third is never reached.
    right = torch.tensor([True, False, True, False])
    assert average_precision(right, 3) == pytest.approx(1 / 3 + 2 / 9)
    # The dip to 1/3 in the middle is made good by the 3/5 at the end.
    dip = torch.tensor([True, False, False, True, True])
    assert curve(dip, 3)[1].tolist() == pytest.approx([1, 0.6, 0.6, 0.6, 0.6])
    assert average_precision(dip, 3) == pytest.approx(1 / 3 + 2 / 3 * 0.6)


def test_average_precision_at_its_ends():
    nothing = torch.zeros(0, dtype=torch.bool)
    assert average_precision(nothing, 3) == 0
    assert math.isnan(average_precision(nothing, 0))
    assert average_precision(torch.ones(4, dtype=torch.bool), 4) == 1
    assert average_precision(torch.zeros(4, dtype=torch.bool), 4) == 0


def image(*entries):
    """Boxes of (left, top, right, bottom, label, score)."""
    rows = torch.tensor(entries, dtype=torch.float).reshape(-1, 6)
    return Boxes(rows[:, :4], rows[:, 4].long(), rows[:, 5])


def test_mean_average_precision_of_two_images_by_hand():
    truth = [
        image((0, 0, 10, 10, 0, 1), (20, 20, 30, 30, 1, 1)),
        image((0, 0, 10, 10, 0, 1)),
    ]
    found = [
        # Of class 0: right; the same thing again, wrong; and one nowhere near.
        image((0, 0, 10, 10, 0, 0.9), (0, 0, 10, 9, 0, 0.8), (20, 20, 30, 30, 0, 0.3)),
        # In the other image: 60 of 100 shared, right at one half.
        image((0, 0, 10, 6, 0, 0.7), (20, 20, 30, 30, 1, 0.6)),
    ]
    right, there = hits(found, truth, 0, 0.5)
    assert (right.tolist(), there) == ([True, False, True, False], 2)
    first = 1 / 2 + 1 / 2 * 2 / 3
    # Class 1 was found in the wrong image: 0. Class 2 is nowhere and does not count.
    assert mean_average_precision(found, truth, 3) == pytest.approx(first / 2)
    # At three quarters the 60 of 100 are not enough.
    assert mean_average_precision(found, truth, 3, 0.75) == pytest.approx(1 / 2 / 2)


def test_a_box_that_shares_most_with_a_claimed_thing_is_wrong():
    truth = [image((0, 0, 10, 10, 0, 1), (4, 0, 14, 10, 0, 1))]
    # Both are nearest to the first thing, though the second would do for the lesser box.
    found = [image((0, 0, 10, 10, 0, 0.9), (1, 0, 11, 10, 0, 0.8))]
    assert hits(found, truth, 0, 0.5)[0].tolist() == [True, False]


def test_perfect_boxes_are_perfect_and_each_doubled_one_costs():
    truth = [image((0, 0, 10, 10, label, 1), (15, 15, 30, 30, label, 1)) for label in range(3)]
    assert mean_average_precision(truth, truth, 3) == 1
    doubled = [
        Boxes(each.boxes.repeat(2, 1), each.labels.repeat(2), each.scores.repeat(2))
        for each in truth
    ]
    assert mean_average_precision(doubled, truth, 3) == 1, (
        "a repetition below all hits costs nothing"
    )
    for each in doubled:
        each.scores[:] = torch.tensor([0.9, 0.5, 0.8, 0.4])
    # Right, wrong, right, wrong: 1/2 at 1 and 1/2 at 2/3.
    assert mean_average_precision(doubled, truth, 3) == pytest.approx(1 / 2 + 1 / 3)


def test_a_frame_is_inside_the_image_and_one_pixel_wide():
    found = framed(
        torch.zeros(8, 8), torch.tensor([[1.0, 2, 5, 6], [-3, -3, 2, 2], [9, 9, 12, 12]])
    )
    expected = torch.zeros(8, 8)
    expected[[2, 5], 1:5] = 1
    expected[2:6, [1, 4]] = 1
    expected[0:2, 0:2] = 1
    assert torch.equal(found, expected)
