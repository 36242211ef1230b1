"""A picture and a sentence, side by side: the heart of CLIP."""

import torch
from torch.nn import functional


def scores(pictures, sentences, temperature=0.1):
    """How well each picture goes with each sentence, (n, m)."""
    pictures = functional.normalize(pictures, dim=-1)
    sentences = functional.normalize(sentences, dim=-1)
    return pictures @ sentences.T / temperature


def clip_loss(pictures, sentences, temperature=0.1):
    """The mean of two cross entropies, along the rows and down the columns."""
    table = scores(pictures, sentences, temperature)
    own = torch.arange(len(table))
    rows = functional.cross_entropy(table.softmax(1), own)
    columns = functional.cross_entropy(table.T.softmax(1), own)
    return (rows + columns) / 2


def classify(pictures, prompts):
    """The number of the nearest class, (n,)."""
    places = functional.normalize(prompts, dim=-1).mean(1)
    return scores(pictures, places).argmax(1)
