"""How right is an answer? Exact match and F1, as SQuAD defines them, where a question may have none.

    exact match   1 where answer and truth are the same but for capitals, punctuation and articles
    F1            2 P R / (P + R), P the share of its words that are in the truth, R the other way round

Where one of them is nothing, both measures are 1 if the other is nothing too, and else 0. So half of
the points of a test whose questions have no answer in half of the cases go to who always abstains: read
them beside `answers` and `abstains`, which count each half alone.

Sources:
    P. Rajpurkar, J. Zhang, K. Lopyrev and P. Liang, "SQuAD: 100,000+ questions for machine
    comprehension of text", EMNLP 2016, https://arxiv.org/abs/1606.05250
    P. Rajpurkar, R. Jia and P. Liang, "Know what you don't know: unanswerable questions for SQuAD", ACL
    2018, https://arxiv.org/abs/1806.03822
"""

import re
import string
from collections import Counter
from collections.abc import Sequence


def normal(answer: str) -> str:
    """In lower case, without punctuation and articles, with single blanks."""
    kept = "".join(char for char in answer.lower() if char not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def exact(said: str, truth: str) -> float:
    """1 where both say the same, or both nothing; else 0."""
    return float(normal(said) == normal(truth))


def f1(said: str, truth: str) -> float:
    """The harmonic mean of precision and recall over words; of nothing, whether both are."""
    one, other = normal(said).split(), normal(truth).split()
    if not one or not other:
        return float(one == other)
    # P = shared / said and R = shared / true, so 2 P R / (P + R) is:
    return 2 * (Counter(one) & Counter(other)).total() / (len(one) + len(other))


def measures(said: Sequence[str], truths: Sequence[str]) -> dict[str, float]:
    """Both measures, and each half alone.

    Args:
        said: The answers; one that is empty abstains.
        truths: The right ones; one that is empty means that there is none.

    Returns:
        `exact match` and `F1` of all, `answers`, the exact match of those that have an answer, and
        `abstains`, that of the others; 0 where there are no such.
    """
    both = list(zip(said, truths, strict=True))
    right = [exact(*each) for each in both]
    have = [score for score, truth in zip(right, truths, strict=True) if truth]
    none = [score for score, truth in zip(right, truths, strict=True) if not truth]
    near = [f1(*each) for each in both]
    parts = {"exact match": right, "F1": near, "answers": have, "abstains": none}
    return {name: sum(scores) / max(1, len(scores)) for name, scores in parts.items()}
