"""How well an answer covers the truth, class by class."""


def iou(answer, truth, label):
    """Intersection over union of one class, over all given pictures.

    Args:
        answer: What each pixel was taken for: a list of pictures, each
            a list of rows, each a list of labels.
        truth: What each pixel is, in the same form.
        label: The class.

    Returns:
        Pixels that both give the label, over pixels that either does;
        None where neither gives it anywhere.
    """
    return 0.0


def mean_iou(answer, truth, labels):
    """The mean of `iou` over the labels that are there at all.

    Args:
        answer: As above.
        truth: As above.
        labels: All classes. One that neither the answer nor the truth
            has anywhere is left out of the mean.
    """
    return 0.0
