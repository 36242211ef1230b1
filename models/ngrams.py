"""n-grams: a language model that only counts, and what it says of what it never saw.

    P(c | h) = times c followed h / times h stood there        h: the last n - 1 characters

Nothing is trained. The trouble is what was never counted: one character in the wrong place makes a
whole book impossible. So every model that counts asks shorter contexts too, and only how differs:

    add-k             (count + k) / (all + k kinds)
    jelinek-mercer    weight count / all + (1 - weight) P(c | a character less)
    kneser-ney        (count - discount) / all + what that leaves free, times P(c | a character less)

Kneser and Ney saw that shorter contexts should not count how often a character came, but after how many
different ones: `Francisco` is common, and follows `San` alone. How good a model is, is its surprise: bits
a character, -log2 P. Shannon's readers, who guessed on, letter by letter, had between 0.6 and 1.3.

Sources:
    C. E. Shannon, "A mathematical theory of communication", Bell System Technical Journal, 1948,
    https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
    C. E. Shannon, "Prediction and entropy of printed English", Bell System Technical Journal, 1951,
    https://doi.org/10.1002/j.1538-7305.1951.tb01366.x
    F. Jelinek and R. L. Mercer, "Interpolated estimation of Markov source parameters from sparse data",
    Pattern Recognition in Practice, 1980
    R. Kneser and H. Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995,
    https://doi.org/10.1109/ICASSP.1995.479394 (interpolated as by S. F. Chen and J. Goodman, 1999,
    https://doi.org/10.1006/csla.1999.0128)
"""

import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models import reading
from models.data import manual
from models.reading import Picture, Reading, Start, run_alone

WAYS = ("none", "add-k", "jelinek-mercer", "kneser-ney")
"""Names that `smoothing` knows."""
STRETCH, LONGEST, PROMPT = 2000, 8, "The sky is "
"""Characters a step; the longest n-gram; what it is to go on from."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs. Nothing but the writing depends on the seed.

    Attributes:
        order: Characters of an n-gram: 1 looks at none before, 6 at five.
        smoothing: `none`, `add-k`, `jelinek-mercer` or `kneser-ney`. Live, as the next three are.
        k: What add-k adds to every count.
        weight: What Jelinek and Mercer give the longest context they know; here the same for all,
            theirs is estimated for each from text that was held out.
        discount: What Kneser and Ney take off every count.
        steps: Stretches of 2,000 characters of the manual that it reads; 209 are nearly all it may.
    """

    order: int = 6
    smoothing: str = "kneser-ney"
    k: float = 1.0
    weight: float = 0.75
    discount: float = 0.75
    steps: int = 209

    def check(self) -> None:
        """Raise ValueError where a knob is out of its range."""
        if self.smoothing not in WAYS:
            raise ValueError(f"The smoothing is {self.smoothing!r}; it can be {', '.join(WAYS)}.")
        if not 1 <= self.order <= LONGEST:
            raise ValueError(f"The order is {self.order}; it goes from 1 to {LONGEST}.")
        if not (self.k >= 0 and 0 <= self.weight <= 1 and 0 <= self.discount <= 1):
            raise ValueError("`k` is at least 0; `weight` and `discount` go from 0 to 1.")


class Follows(dict[str, int]):
    """What followed a context: counts by character, and their sum."""

    all = 0

    def add(self, char: str) -> bool:
        """Count one more; whether it is the first of its kind."""
        self.all += 1
        self[char] = self.get(char, 0) + 1
        return self[char] == 1


Table = dict[str, Follows]


class NGrams:
    """Counts of every context of up to `order` - 1 characters.

    Args:
        config: Smoothing and its numbers, looked up whenever it is asked.
        characters: All that there are, seen or not.

    Attributes:
        times: For each length of context, how often each character followed.
        after: The same, but how many different characters stood before context and character.
    """

    def __init__(self, config: Config, characters: str) -> None:
        self.config, self.characters, self.order = config, characters, config.order
        self.times: list[Table] = [{} for _ in range(self.order)]
        self.after: list[Table] = [{} for _ in range(self.order - 1)]

    def read(self, text: str, begin: int, end: int) -> None:
        """Count the characters of a text from one place to another, each after what stands before."""
        for at in range(begin, end):
            for long in range(min(at + 1, self.order)):
                context = text[at - long : at]
                new = self.times[long].setdefault(context, Follows()).add(text[at])
                if new and long:
                    self.after[long - 1].setdefault(context[1:], Follows()).add(text[at])

    def probability(self, context: str, char: str, order: int | None = None) -> float:
        """How likely a character is after a context, which may be longer than what it looks at.

        A context that was never counted says nothing, so the shorter ones answer for it; without
        smoothing nobody does, and everything is impossible.
        """
        config, order = self.config, order or self.order
        top = min(order - 1, len(context))
        if config.smoothing in ("none", "add-k"):
            extra = config.k if config.smoothing == "add-k" else 0.0
            found = self.times[top].get(context[len(context) - top :], Follows())
            every = found.all + extra * len(self.characters)
            return (found.get(char, 0) + extra) / every if every else 0.0
        likely = 1 / len(self.characters)
        for long in range(top + 1):
            counted = config.smoothing == "jelinek-mercer" or long == order - 1
            table = self.times[long] if counted else self.after[long]
            found = table.get(context[len(context) - long :])
            if found is None:  # then no longer one was counted either
                break
            if config.smoothing == "jelinek-mercer":
                own, rest = config.weight * found.get(char, 0) / found.all, 1 - config.weight
            else:
                own = max(found.get(char, 0) - config.discount, 0) / found.all
                rest = config.discount * len(found) / found.all
            likely = own + rest * likely
        return likely

    def surprise(
        self, text: str, begin: int, end: int, order: int | None = None
    ) -> tuple[float, float]:
        """Bits a character from one place of a text to another, and the share that was impossible.

        The bits are infinite as soon as one character was.
        """
        look = (order or self.order) - 1
        chances = [
            self.probability(text[max(0, at - look) : at], text[at], order)
            for at in range(begin, end)
        ]
        impossible = chances.count(0.0) / len(chances)
        bits = math.inf if impossible else -sum(map(math.log2, chances)) / len(chances)
        return bits, impossible

    def write(
        self, text: str, count: int, order: int, dice: random.Random
    ) -> tuple[str, list[float]]:
        """Go on for so many characters, or to where nothing is known; and how likely each was."""
        chances: list[float] = []
        for _ in range(count):
            known = [self.probability(text, char, order) for char in self.characters]
            if not any(known):
                break
            place = dice.choices(range(len(known)), known)[0]
            text += self.characters[place]
            chances.append(known[place])
        return text, chances

    def words(self, text: str, count: int) -> list[tuple[str, float]]:
        """The likeliest next words, and how likely each is: that is, its letters and then no letter.

        What begins a word is at least as likely as the whole, so the first to be whole are the best.
        """
        waiting, found = [(-1.0, "", False)], list[tuple[str, float]]()
        while waiting and len(found) < count:
            likely, word, whole = heapq.heappop(waiting)
            if whole:
                found.append((word, -likely))
                continue
            known = {c: self.probability(text + word, c) for c in self.characters}
            ends = sum(chance for char, chance in known.items() if not char.isalpha())
            if word and ends:
                heapq.heappush(waiting, (likely * ends, word, True))
            for char, chance in known.items():
                if char.isalpha() and chance:
                    heapq.heappush(waiting, (likely * chance, word + char, False))
        return found


def tokens(parts: Sequence[tuple[str, float]], caption: str) -> Picture:
    """Pieces of text with how likely each was."""
    return Picture("tokens", [chance for _, chance in parts], caption, tuple(p for p, _ in parts))


def pictures(model: NGrams, seed: int) -> dict[str, Picture]:
    """What each order writes, and the words that may follow the prompt."""
    written, ends = list[tuple[str, float]](), list[tuple[str, float]]()
    for order in range(1, model.order + 1):
        text, chances = model.write("The ", 60, order, random.Random(seed))
        lead = "\n" if written else ""
        written.append((f"{lead}{order}  The ", math.nan))
        written += zip(text.replace("\n", " ")[4:], chances, strict=True)
    for word, chance in model.words(PROMPT, 6):
        lead = "\n" if ends else ""
        ends += [(f"{lead}{PROMPT}", math.nan), (word, chance), (f"  {chance:.3f}", math.nan)]
    return {
        "writing": tokens(written, "one line of each order, and how likely each character was"),
        "next word": tokens(ends, "the likeliest ends of a sentence that the manual does not have"),
    }


def by_order(model: NGrams, text: str, known: tuple[int, int], asked: tuple[int, int]) -> Picture:
    """Bits a character of what was read and of what was not, for every order up to the model's."""
    rows = [
        [model.surprise(text, *part, order)[0] for order in range(1, model.order + 1)]
        for part in (known, asked)
    ]
    caption = f"bits a character with n-grams of 1 to {model.order}"
    return Picture("lines", rows, caption, ("read", "never read"))


def train(config: Config) -> Iterator[Start | Reading]:
    """Stretch after stretch of the manual's first nine tenths; judged on the last.

    In bits a character, of which who knows nothing needs 6.7: `train/bits` is the surprise at each stretch
    before it is counted, `test/bits` that at the first half of what is held out, and `valid/bits` that at
    the second, where a fifth stands word for word in what was read; the manual repeats itself.
    `impossible` is the share of characters that the model had ruled out. The GPT of `models/gpt.py`, as
    small as it is, needs 2.2 for the test's text: so little to read is where counting is hard to beat.
    """
    config.check()
    text = manual.text()
    cut = int((1 - manual.HELD_OUT) * len(text))
    middle = (cut + len(text)) // 2
    total = min(config.steps, cut // STRETCH)
    model = NGrams(config, manual.characters())
    yield Start(total_steps=total, samples_per_step=STRETCH)
    for step in range(1, total + 1):
        begin, end = (step - 1) * STRETCH, step * STRETCH
        bits, impossible = model.surprise(text, begin, end)
        model.read(text, begin, end)
        now = Reading(step, {"train/bits": bits, "train/impossible": impossible})
        if step % 10 == 0 or step == total:
            bits, impossible = model.surprise(text, middle, len(text))
            now.scalars.update({"valid/bits": bits, "valid/impossible": impossible})
        if step % 50 == 0 or step == total:
            now.pictures.update(pictures(model, config.seed))
            now.pictures["orders"] = by_order(model, text, (0, STRETCH), (middle, len(text)))
        if step == total:
            bits, impossible = model.surprise(text, cut, middle)
            now.scalars.update({"test/bits": bits, "test/impossible": impossible})
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=20)
