"""How well an answer covers the truth, class by class."""


def iou(answer, truth, label):
    """Intersection over union of one class, over all given pictures."""
    both = either = 0
    for picture, true_picture in zip(answer, truth, strict=True):
        for row, true_row in zip(picture, true_picture, strict=True):
            for said, true in zip(row, true_row, strict=True):
                both += said == true
                either += 1
    return both / either if either else None


def mean_iou(answer, truth, labels):
    """The mean of `iou` over the labels that are there at all."""
    found = [iou(answer, truth, label) for label in labels]
    there = [each for each in found if each is not None]
    return sum(there) / len(there)
