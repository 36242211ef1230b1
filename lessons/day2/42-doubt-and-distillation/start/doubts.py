"""How honest a network's doubts are, and how they are taught."""

import math


def ece(confidences, right, bins):
    """The expected calibration error.

    Args:
        confidences: Of each answer, above 0 and at most 1.
        right: For each answer 1 if it is right, else 0.
        bins: How many there are, all equally wide. Bin i of them holds
            confidences above i / bins, up to (i + 1) / bins.

    Returns:
        For each bin that is not empty: its share of all answers, times
        how far its share of right answers is from its mean confidence.
        These added up.
    """
    return 0.0


def distill_loss(student, teacher, temperature):
    """How far a student's doubts about one picture are from the teacher's.

    Args:
        student: Its last sums, one number for each class.
        teacher: The same of the teacher.
        temperature: T, by which both are divided before the softmax.

    Returns:
        T squared times the sum of p log(p / q), with p the teacher's
        shares and q the student's.
    """
    return 0.0
