"""How a language model's next token is chosen, and what a text costs."""

import torch


def chances(logits, temperature=1.0, top_k=0, top_p=1.0):
    """What each token is drawn with: a row that adds up to 1.

    First the temperature, then top-k, then top-p of what is left.

    Args:
        logits: (kinds,) the model's.
        temperature: By what they are divided; 0 gives the likeliest
            all.
        top_k: How many of the likeliest are kept; 0 keeps all.
        top_p: The fewest of the likeliest that have at least so much
            together are kept, one at least.
    """
    return logits.softmax(0)


def surprise(model, tokens):
    """The mean surprise of a text in bits a token.

    Args:
        model: model(tokens) are the logits (n, t, kinds) of what
            comes behind each of t tokens.
        tokens: (n, t). The first of each row has nothing before it
            and does not count.

    Returns:
        A tensor without axes.
    """
    return torch.tensor(0.0)
