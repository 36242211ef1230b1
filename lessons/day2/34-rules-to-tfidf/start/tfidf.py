"""How telling each word is, and what a text is about."""

from math import log  # the natural logarithm


def idf(texts):
    """A dict: each word that stands in some text, and its IDF.

    Texts are strings of words with blanks between them; the IDF of a
    word that stands in d of N texts is log(N / d).
    """
    return {}


def weights(text, known):
    """A dict: TF times IDF of every word of the text that is known.

    `known` is what `idf` returned. The TF of a word is its share of
    the words of this text, unknown ones counted too.
    """
    return {}
