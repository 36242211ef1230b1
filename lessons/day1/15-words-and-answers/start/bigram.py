"""A language model of pairs: which letter follows which, counted."""


def bigram(text, letters, alpha):
    """How likely each letter follows each, with alpha added to counts.

    Args:
        text: What is counted.
        letters: Every letter that there is, whether the text has it or
            not.
        alpha: What is added to each count; 0 adds nothing.

    Returns:
        table[x][y]: how likely y comes after x, a dict of dicts over
        all letters. Where x was never followed by anything and alpha is
        0, all of them are 0.
    """
    return {x: {y: 0.0 for y in letters} for x in letters}


def bits(table, text):
    """The mean surprise of each letter but the first, in bits.

    Args:
        table: As `bigram` returns it.
        text: At least two letters.

    Returns:
        The mean of -log2 P; math.inf where any of them was impossible.
    """
    return 0.0
