"""A reader: where in the passage is the answer, and is it there at all?

Every word of the passage looks at the words of the question and takes what matches (attention); then
convolutions look at its neighbours, and each word says how likely the answer begins here, and ends here.
One more place, before the first word, stands for "the passage does not say": a reader that was never
shown a question without an answer finds one in any passage.

    loss = cross entropy of the first word + cross entropy of the last

`test/exact match` and `test/F1` are of questions half of which have no answer, to passages whose every fact
joins an event and a value that no training passage joins: the words are old, what is said of them is new.
`test/new forms` asks the harder thing: sentences and questions of forms that it has never read.

Sources:
    P. Rajpurkar, R. Jia and P. Liang, "Know what you don't know: unanswerable questions for SQuAD", ACL
    2018, https://arxiv.org/abs/1806.03822
    A. W. Yu et al., "QANet: combining local convolution with global self-attention for reading
    comprehension", ICLR 2018, https://arxiv.org/abs/1804.09541 (convolutions with attention)
"""

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading, squad
from models.attention import attention
from models.data import passages
from models.data.passages import Item
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

PASSAGE, QUESTION, LONGEST, BATCH, ASKED = 52, 9, 6, 64, 1000
"""Places for a passage and its question; words of an answer; questions a step and in a test."""
WORDS = {word: number for number, word in enumerate(passages.vocabulary(), 2)}
"""Numbers of the words; 0 is no word, 1 the place before the passage."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        unanswerable: Share of the training questions without an answer.
        threshold: By how much an answer has to beat "it does not say". Live.
        window: Words that a convolution sees, an odd number.
        width: Numbers of a word.
        dropout: Share of those that is left out of a training step.
        questions: Training questions.
        learning_rate: Adam's at its greatest: up over 50 steps, then down to nothing. Live.
        epochs: Passes over them.
    """

    unanswerable: float = 1 / 3
    threshold: float = 0.0
    window: int = 5
    width: int = 64
    dropout: float = 0.1
    questions: int = 6400
    learning_rate: float = 4e-3
    epochs: int = 3

    def check(self) -> None:
        """Raise ValueError unless the share is one and the window has a middle."""
        if not (0 <= self.unanswerable <= 1 and 0 <= self.dropout < 1):
            raise ValueError("`unanswerable` goes from 0 to 1, `dropout` from 0 to below 1.")
        if self.window % 2 == 0:
            raise ValueError(f"The window is {self.window}; it has to be odd.")


# --- the network ------------------------------------------------------------------------------------


def encode(items: Sequence[Item]) -> Int[Tensor, "n places"]:
    """Passages and questions as numbers of words, a passage and then its question a row.

    Raises:
        ValueError: A word is not among `WORDS`, or there are too many.
    """
    rows = torch.zeros(len(items), PASSAGE + QUESTION, dtype=torch.long)
    for row, item in zip(rows, items, strict=True):
        passage, question = item.passage, item.question
        if unknown := [word for word in (*passage, *question) if word not in WORDS]:
            raise ValueError(f"This model has never read {unknown[0]!r}.")
        if len(passage) >= PASSAGE or len(question) > QUESTION:
            raise ValueError(f"There is room for {PASSAGE - 1} words and {QUESTION} of a question.")
        row[: len(passage) + 1] = torch.tensor([1, *(WORDS[word] for word in passage)])
        row[PASSAGE : PASSAGE + len(question)] = torch.tensor([WORDS[word] for word in question])
    return rows


class Reader(nn.Module):
    """(n, places) passages with questions to (n, 2, passage) logits of the first and the last word.

    Place 0 is that of no answer. After a pass `looked` holds (n, passage, question): how much each
    word took from each of the question.
    """

    def __init__(self, width: int, window: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.embed, self.drop = nn.Embedding(len(WORDS) + 2, width), nn.Dropout(dropout)
        self.listen = nn.Conv1d(width, width, window, padding=window // 2)
        self.mix = nn.Conv1d(3 * width, width, window, padding=window // 2)
        self.think = nn.Conv1d(width, width, window, padding=window // 2)
        self.say, self.none = nn.Linear(width, 2), nn.Linear(width, 2)
        self.looked: Tensor | None = None

    def forward(self, words: Int[Tensor, "n places"]) -> Float[Tensor, "n 2 passage"]:
        """How likely the answer begins and ends at each place of the passage."""
        there = (words > 0)[:, :, None]
        embedded = self.drop(self.embed(words)) * there

        def heard(part: Tensor) -> Tensor:
            return part + self.listen(part.transpose(1, 2)).relu().transpose(1, 2)

        passage, question = heard(embedded[:, :PASSAGE]), heard(embedded[:, PASSAGE:])
        blank = ~there[:, None, PASSAGE:, 0]
        taken, weights = attention(passage, question, question, blank)
        self.looked = weights.detach()
        both = torch.cat([passage, taken, passage * taken], 2) * there[:, :PASSAGE]
        mixed = self.mix(both.transpose(1, 2)).relu()
        mixed = mixed + self.think(mixed).relu()
        blank = ~there[:, :PASSAGE, 0]
        nothing = self.none(mixed.masked_fill(blank[:, None], 0).amax(2))
        logits = self.say(mixed.transpose(1, 2)).masked_fill(blank[:, :, None], -1e9)
        return torch.cat([nothing[:, None], logits[:, 1:]], 1).transpose(1, 2)


def spans(logits: Float[Tensor, "n 2 passage"], threshold: float = 0.0) -> Int[Tensor, "n 2"]:
    """The best first and last place of each answer; (0, 0) where the reader abstains.

    A span ends where it begins or later, and has at most `LONGEST` words.
    """
    first, last = logits.unbind(1)
    both = first[:, :, None] + last[:, None, :]
    allowed = torch.ones(both.shape[1:], dtype=torch.bool, device=both.device)
    allowed = allowed.triu() & ~allowed.triu(LONGEST)
    allowed[0] = False
    score, place = both.masked_fill(~allowed, -torch.inf).flatten(1).max(1)
    found = torch.stack([place // both.shape[2], place % both.shape[2]], 1)
    abstains = both[:, 0, 0] + threshold > score
    return found.masked_fill(abstains[:, None], 0)


def answers(model: Reader, items: Sequence[Item], threshold: float = 0.0) -> list[str]:
    """What the reader says to each, in words; nothing where it abstains."""
    device = model.embed.weight.device
    rows = encode(items).to(device)
    with torch.no_grad():
        found = spans(torch.cat([model(part) for part in rows.split(250)]), threshold).tolist()
    # (0, 0), which is to abstain, becomes the words from -1 to before 0: none.
    return [
        " ".join(item.passage[begin - 1 : end]) if begin else ""
        for item, (begin, end) in zip(items, found, strict=True)
    ]


# --- the run ----------------------------------------------------------------------------------------


def draw(count: int, seed: int, unanswerable: float, new: bool, forms: bool = False) -> list[Item]:
    """So many questions."""
    rng = random.Random(seed)
    return [passages.item(rng, unanswerable, new, forms) for _ in range(count)]


def judge(model: Reader, items: Sequence[Item], threshold: float) -> dict[str, float]:
    """`squad.measures` of what the reader says."""
    return squad.measures(answers(model, items, threshold), [item.answer for item in items])


def pictures(model: Reader, item: Item) -> dict[str, Picture]:
    """How likely each word of a passage belongs to the answer, and which word looked at which."""
    rows = encode([item]).to(model.embed.weight.device)
    with torch.no_grad():
        first, last = model(rows)[0].softmax(1)
    # A word is part of the answer where it has begun and has not ended yet.
    inside = first[1:].cumsum(0) * last[1:].flip(0).cumsum(0).flip(0)
    long = len(item.passage)
    pieces = [f"{' '.join(item.question)}\n", "(it does not say)\n"]
    pieces += [f"{word} " for word in item.passage]
    chances = [math.nan, float(first[0] * last[0]), *inside[:long].tolist()]
    assert model.looked is not None, "the pass before kept it"
    looked = model.looked[0, 1 : long + 1, : len(item.question)]
    truth = item.answer or "it does not say"
    return {
        "answer": Picture("tokens", chances, f"likely parts of the answer; right: {truth}",
                          tuple(pieces)),
        "looking": Picture("attention", looked, "what each word took from the question's",
                           (*item.passage, *item.question)),
    }  # fmt: skip


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch of questions; judged on others, half of them without an answer.

    `answers` is the exact match of those that have one, and `abstains` the share of the rest where the
    reader knows that they have none; who always abstains has 1 there, and 0.5 of `exact match`.
    """
    config.check()
    torch.manual_seed(config.seed)
    known = draw(config.questions, config.seed, config.unanswerable, False)
    valid, asked = draw(ASKED // 2, 10_001, 0.5, True), draw(ASKED, 10_002, 0.5, True)
    shown = sorted(valid, key=lambda item: len(item.passage))[:10]
    rows = encode(known).to(config.device)
    # The first word of a passage stands at place 1, behind the place of no answer.
    places = [item.span or (-1, -1) for item in known]
    truth = torch.tensor(places, device=config.device) + 1
    model = Reader(config.width, config.window, config.dropout).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(len(rows), BATCH, torch.Generator().manual_seed(config.seed))
    total = config.epochs * batches.per_epoch
    yield Start(total_steps=total, samples_per_step=BATCH, steps_per_epoch=batches.per_epoch,
                model=model, optimizer=optimizer, example=rows[:BATCH])  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        model.train()
        loss = functional.cross_entropy(model(rows[batch]).transpose(1, 2), truth[batch])
        set_rate(optimizer, config.learning_rate * min(1, step / 50) * (1 - (step - 1) / total))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.eval()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % 25 == 0:
            found = judge(model, valid, config.threshold)
            now.scalars.update({f"valid/{name}": value for name, value in found.items()})
            now.pictures.update(pictures(model, shown[step // 25 % len(shown)]))
        if step == total:
            found = judge(model, asked, config.threshold)
            now.scalars.update({f"test/{name}": value for name, value in found.items()})
            forms = draw(ASKED, 10_003, 0.5, True, True)
            found = judge(model, forms, config.threshold)
            now.scalars["test/new forms"] = found["exact match"]
        yield now


def main() -> None:
    """Train, and answer a question of one's own."""
    parser = argparse.ArgumentParser(description="A reader that knows what a passage does not say.")
    parser.add_argument("--passage", default="precipitation comes from gravity . snow brings fog .")
    parser.add_argument("--question", default="what causes precipitation ?")
    given = parser.parse_args()
    asked = Item(tuple(given.passage.split()), tuple(given.question.split()), None)
    encode([asked])  # that it cannot be read is said before the training
    run = train(Config())
    start = next(run)
    run_alone(chain([start], run), every=50)
    assert isinstance(start, Start), "a run begins with it"
    assert isinstance(start.model, Reader), "which holds the network"
    print(f"{given.question} {answers(start.model, [asked])[0] or '(it does not say)'}")


if __name__ == "__main__":
    main()
