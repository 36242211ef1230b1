"""One small world told in two tongues: English, and Spanish as it is written.

    the nurse heals 7 weak hands .
    la enfermera cura 7 manos débiles .

A sentence is mostly about one of five matters, and four in five of its words are that matter's. Of
every kind of word a matter has two: one that has nothing in common with its translation, and one that
is spelled alike or begins alike, as `doctor` and `hospitales` do. An adjective stands behind its noun
in Spanish; only such are here as have one form for both genders. So every sentence has seven words.
"""

import random
from dataclasses import dataclass

Pair = tuple[str, str]
Kind = tuple[tuple[Pair, Pair], ...]

MATTERS = ("music", "medicine", "travel", "kitchen", "farm")
SUBJECTS: Kind = (
    (("the singer", "la cantante"), ("the actor", "el actor")),
    (("the nurse", "la enfermera"), ("the doctor", "el doctor")),
    (("the driver", "la conductora"), ("the tourist", "el turista")),
    (("the cook", "la cocinera"), ("the chef", "el chef")),
    (("the farmer", "la granjera"), ("the animal", "el animal")),
)
"""A row for each matter, and in it the word of its own and the one that is spelled alike."""
VERBS: Kind = (
    (("hears", "oye"), ("imitates", "imita")),
    (("heals", "cura"), ("examines", "examina")),
    (("leaves", "deja"), ("visits", "visita")),
    (("fries", "fríe"), ("devours", "devora")),
    (("waters", "riega"), ("cultivates", "cultiva")),
)
ADJECTIVES: Kind = (
    (("sad", "tristes"), ("musical", "musicales")),
    (("weak", "débiles"), ("normal", "normales")),
    (("big", "grandes"), ("ideal", "ideales")),
    (("hot", "calientes"), ("special", "especiales")),
    (("green", "verdes"), ("tropical", "tropicales")),
)
THINGS: Kind = (
    (("songs", "canciones"), ("pianos", "pianos")),
    (("hands", "manos"), ("hospitals", "hospitales")),
    (("roads", "caminos"), ("hotels", "hoteles")),
    (("apples", "manzanas"), ("tomatoes", "tomates")),
    (("trees", "árboles"), ("plants", "plantas")),
)
LOYAL = 0.8
"""How many of a sentence's words are of its matter for sure; the rest are of any."""
ALIKE = 0.38
"""How many of them are spelled alike or begin alike."""
LONG = 7
"""Words of a sentence, the full stop among them."""
VERB = 2
"""Where the verb stands, in both."""
ACROSS = (0, 1, 2, 3, 5, 4, 6)
"""For each word of the Spanish sentence, where its translation stands in the English one."""


@dataclass(frozen=True)
class Fact:
    """What a sentence says, in no tongue yet.

    Attributes:
        matter: What it is about, by its place in `MATTERS`.
        subject: Who, with the article.
        verb: Does what.
        number: To how many, from 2 to 9.
        adjective: Of what kind.
        thing: Things.
    """

    matter: int
    subject: Pair
    verb: Pair
    number: str
    adjective: Pair
    thing: Pair

    def say(self, tongue: int) -> list[str]:
        """Its seven words: in English (0) or in Spanish (1)."""
        behind = [self.adjective[tongue], self.thing[tongue]]
        if tongue == 1:
            behind.reverse()
        return [*self.subject[tongue].split(), self.verb[tongue], self.number, *behind, "."]


def draw(rng: random.Random, alike: bool = True) -> Fact:
    """One fact; without `alike` only of words that are spelled in two ways, numbers apart."""
    matter = rng.randrange(len(MATTERS))

    def word(kind: Kind) -> Pair:
        row = kind[matter if rng.random() < LOYAL else rng.randrange(len(MATTERS))]
        return row[rng.random() < ALIKE if alike else 0]

    number = str(rng.randrange(2, 10))
    return Fact(matter, word(SUBJECTS), word(VERBS), number, word(ADJECTIVES), word(THINGS))


def words(tongue: int) -> list[str]:
    """Every word of a tongue, numbers and the full stop among them, in order."""
    pairs = [pair for kind in (SUBJECTS, VERBS, ADJECTIVES, THINGS) for row in kind for pair in row]
    return sorted({word for pair in pairs for word in pair[tongue].split()} | set("23456789."))
