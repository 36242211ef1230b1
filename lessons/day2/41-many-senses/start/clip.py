"""A picture and a sentence, side by side: the heart of CLIP.

Pictures and sentences have become rows of numbers, `d` in each.
"""

import torch


def scores(pictures, sentences, temperature=0.1):
    """How well each picture goes with each sentence.

    Every row is brought to length 1 first, so that only its direction
    counts. Then: product, divided by the temperature.

    Args:
        pictures: (n, d).
        sentences: (m, d).
        temperature: Above 0. The smaller, the more decided.

    Returns:
        (n, m): a row for each picture, a column for each sentence.
    """
    return torch.zeros(len(pictures), len(sentences))


def clip_loss(pictures, sentences, temperature=0.1):
    """What training makes small; picture i belongs to sentence i.

    Returns:
        A tensor of one number, the mean of two cross entropies: to find
        the sentence of each picture, and the picture of each sentence.
    """
    return torch.tensor(0.0)


def classify(pictures, prompts):
    """The class of each picture, with nothing but words to go by.

    Args:
        pictures: (n, d).
        prompts: (classes, templates, d): several sentences a class. A
            class lies at the mean of its sentences, each brought to
            length 1 before.

    Returns:
        (n,): for each picture the number of the class with the best score.
    """
    return torch.zeros(len(pictures), dtype=torch.long)
