"""A small made-up language in which analogies hold: king is to queen as uncle is to aunt.

A sentence is about a role (king, queen) or a land (france, paris, french): one word of a pair or a
triple, two words that go with its row, two that go with its column, and one that goes with anything, in
random order. Nothing says that `king` and `queen` differ as `uncle` and `aunt` do; only the words
around them do.
"""

import random

Sentence = list[str]

ROLES = (
    *(("king", "queen"), ("man", "woman"), ("boy", "girl"), ("prince", "princess")),
    *(("uncle", "aunt"), ("actor", "actress"), ("father", "mother"), ("son", "daughter")),
)
LANDS = (
    *(("france", "paris", "french"), ("spain", "madrid", "spanish"), ("italy", "rome", "italian")),
    *(
        ("japan", "tokyo", "japanese"),
        ("greece", "athens", "greek"),
        ("china", "beijing", "chinese"),
    ),
    *(("poland", "warsaw", "polish"), ("norway", "oslo", "norwegian")),
)
OF_ROLE = (
    *(("crown", "throne", "rules"), ("works", "office", "adult"), ("school", "plays", "small")),
    *(("palace", "heir", "young"), ("visits", "family", "sunday"), ("stage", "film", "famous")),
    *(("parent", "home", "raises"), ("baby", "child", "grows")),
)
OF_LAND = (
    *(("wine", "cheese"), ("guitar", "orange"), ("pasta", "opera"), ("sushi", "cherry")),
    *(("olive", "temple"), ("tea", "silk"), ("cabbage", "amber"), ("fjord", "salmon")),
)
OF_GENDER = (("he", "his", "him", "himself"), ("she", "hers", "her", "herself"))
OF_KIND = (
    ("country", "border", "nation"),
    ("city", "streets", "mayor"),
    ("speaks", "grammar", "words"),
)
ANYWHERE = ("the", "a", "and", "of", "in", "very")


def sentences(count: int, seed: int) -> list[Sentence]:
    """So many sentences of six words."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        row = rng.randrange(8)
        if rng.random() < 0.5:
            column = rng.randrange(2)
            about, own, shared = ROLES[row][column], OF_ROLE[row], OF_GENDER[column]
        else:
            column = rng.randrange(3)
            about, own, shared = LANDS[row][column], OF_LAND[row], OF_KIND[column]
        words = [about, *(rng.choice(own) for _ in "12"), *(rng.choice(shared) for _ in "12")]
        words.append(rng.choice(ANYWHERE))
        rng.shuffle(words)
        found.append(words)
    return found


def analogies() -> list[tuple[str, str, str, str]]:
    """Every question `a is to b as c is to ?` that the language answers, with its answer."""
    found = [(a, b, c, d) for a, b in ROLES for c, d in ROLES if a != c]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        for first in LANDS:
            found += [(first[one], first[other], land[one], land[other])
                      for land in LANDS if land != first]  # fmt: skip
    return found
