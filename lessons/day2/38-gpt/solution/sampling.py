"""How a language model's next token is chosen, and what a text costs."""

import math

import torch


def chances(logits, temperature=1.0, top_k=0, top_p=1.0):
    """What each token is drawn with: a row that adds up to 1."""
    if temperature == 0:
        found = torch.zeros_like(logits)
        found[logits.argmax()] = 1
        return found
    ranked, places = (logits / temperature).softmax(0).sort(descending=True)
    if top_k:
        ranked[top_k:] = 0
        ranked = ranked / ranked.sum()
    short = ranked.cumsum(0) - ranked < top_p
    short[0] = True
    kept = torch.zeros_like(ranked).scatter(0, places, ranked * short)
    return kept / kept.sum()


def surprise(model, tokens):
    """The mean surprise of a text in bits a token."""
    likely = model(tokens[:, :-1]).log_softmax(2)
    return -likely.gather(2, tokens[:, 1:, None]).mean() / math.log(2)
