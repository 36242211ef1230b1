"""How honest a network's doubts are, and how they are taught."""

import math


def ece(confidences, right, bins):
    """The expected calibration error."""
    found = {}
    for sure, hit in zip(confidences, right, strict=True):
        found.setdefault(math.ceil(sure * bins - 1e-9), []).append((sure, hit))
    total = 0.0
    for answers in found.values():
        count = len(answers)
        gap = sum(hit for _, hit in answers) / count - sum(sure for sure, _ in answers) / count
        total += count / len(confidences) * gap
    return abs(total)


def logs(sums, temperature):
    """The logarithms of the softmax at a temperature."""
    warm = [x / temperature for x in sums]
    top = max(warm)
    spread = top + math.log(sum(math.exp(x - top) for x in warm))
    return [x - spread for x in warm]


def distill_loss(student, teacher, temperature):
    """How far a student's doubts about one picture are from the teacher's."""
    p, q = logs(teacher, temperature), logs(student, temperature)
    apart = sum(math.exp(a) * (a - b) for a, b in zip(p, q, strict=True))
    return temperature**2 * apart
