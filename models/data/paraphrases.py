"""Sentences that say the same in other words: who does what to whom, in many forms.

A meaning is three numbers: of who acts, of what is done, and of whom it is done to. `the dog fears the kid`
and `the child is dreaded by the hound` are one meaning; `the kid fears the dog` has the same words as the
first and is another, its mirror. Which words go together nobody says; only the pairs do.
"""

import random
from collections.abc import Sequence

Meaning = tuple[int, int, int]

NOUNS = (
    *(("king", "monarch", "ruler"), ("dog", "hound", "puppy"), ("doctor", "physician", "medic")),
    *(("child", "kid", "youngster"), ("teacher", "tutor", "instructor"), ("cat", "kitten", "tom")),
    *(("thief", "robber", "burglar"), ("boss", "chief", "manager"), ("sailor", "seaman", "mariner")),
    *(("farmer", "grower", "peasant"), ("guest", "visitor", "caller"), ("judge", "referee", "umpire")),
)  # fmt: skip
VERBS = (
    *((("sees", "seen"), ("observes", "observed"), ("watches", "watched")),),
    *((("likes", "liked"), ("adores", "adored"), ("loves", "loved")),),
    *((("fears", "feared"), ("dreads", "dreaded"), ("avoids", "avoided")),),
    *((("finds", "found"), ("discovers", "discovered"), ("locates", "located")),),
    *((("helps", "helped"), ("aids", "aided"), ("assists", "assisted")),),
    *((("follows", "followed"), ("chases", "chased"), ("pursues", "pursued")),),
)
FORMS = (
    *("the {a} {v} the {b}", "the {b} is {p} by the {a}", "by the {a} the {b} is {p}"),
    *("it is the {a} that {v} the {b}", "it is the {b} that the {a} {v}"),
    *("it is the {b} that is {p} by the {a}", "what the {a} {v} is the {b}"),
    *("there is a {a} and it {v} the {b}", "there is a {b} and it is {p} by the {a}"),
)
NEW_FORMS = (
    *("there is a {a} that {v} the {b}", "there is a {b} that the {a} {v}"),
    *("there is a {b} that is {p} by the {a}", "what is {p} by the {a} is the {b}"),
)
"""Forms to train on, and others to be asked with."""


def mirror(meaning: Meaning) -> Meaning:
    """Who acted is acted upon."""
    actor, deed, other = meaning
    return other, deed, actor


def meanings(seed: int) -> tuple[list[Meaning], list[Meaning], list[Meaning]]:
    """All meanings, each beside its mirror: 652 to train on, 40 to watch, 100 to be asked at the end."""
    pairs = [
        (actor, deed, other)
        for actor in range(len(NOUNS))
        for deed in range(len(VERBS))
        for other in range(actor)
    ]
    random.Random(seed).shuffle(pairs)
    both = [each for pair in pairs for each in (pair, mirror(pair))]
    return both[140:], both[100:140], both[:100]


def say(meaning: Meaning, rng: random.Random, forms: Sequence[str] = FORMS) -> str:
    """A meaning in words drawn at random."""
    actor, deed, other = meaning
    does, done = rng.choice(VERBS[deed])
    a, b = rng.choice(NOUNS[actor]), rng.choice(NOUNS[other])
    return rng.choice(forms).format(a=a, b=b, v=does, p=done)


def vocabulary() -> list[str]:
    """Every word, in the alphabet's order."""
    found = {word for kind in NOUNS for word in kind}
    found |= {word for kind in VERBS for pair in kind for word in pair}
    found |= {word for form in (*FORMS, *NEW_FORMS) for word in form.split() if "{" not in word}
    return sorted(found)
