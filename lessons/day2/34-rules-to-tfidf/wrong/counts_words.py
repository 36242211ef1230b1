"""How telling each word is, and what a text is about."""

from collections import Counter
from math import log


def idf(texts):
    """A dict: each word that stands in some text, and its IDF."""
    found = Counter(word for text in texts for word in text.split())
    return {word: log(len(texts) / count) for word, count in found.items()}


def weights(text, known):
    """A dict: TF times IDF of every word of the text that is known."""
    words = text.split()
    return {
        word: count / len(words) * known[word]
        for word, count in Counter(words).items()
        if word in known
    }
