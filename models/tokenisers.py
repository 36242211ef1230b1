"""Tokenisers: between letters and words. Byte pair encoding written out, and sentencepiece's two.

BPE begins with single characters and merges the commonest pair of neighbours into a new token, again and
again: `t h` becomes `th`, `th e` becomes `the`. What is common becomes one token, what is rare stays in
parts, and nothing is unknown. sentencepiece does the same a hundred times faster, and knows another way:
begin with too many pieces and drop those whose loss costs the text least (unigram).

Sources:
    R. Sennrich, B. Haddow and A. Birch, "Neural machine translation of rare words with subword
    units", ACL 2016, https://arxiv.org/abs/1508.07909 (BPE)
    T. Kudo, "Subword regularization: improving neural network translation models with multiple
    subword candidates", ACL 2018, https://arxiv.org/abs/1804.10959 (unigram)
    T. Kudo and J. Richardson, "SentencePiece", EMNLP 2018, https://arxiv.org/abs/1808.06226
"""

import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sentencepiece

from models import reading
from models.data import manual
from models.reading import Picture, Reading, Start, run_alone

Pair = tuple[str, str]
KINDS = ("bpe", "unigram", "ours")
ENDING = "▁"
"""Marks the space before a word, as sentencepiece does."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        kind: `bpe` or `unigram`, by sentencepiece; `ours`, the one that is written out here.
        vocabulary: Kinds of token.
    """

    kind: str = "bpe"
    vocabulary: int = 1000

    def check(self) -> None:
        """Raise ValueError unless there is such a kind and room for the characters."""
        if self.kind not in KINDS:
            raise ValueError(f"The kind is {self.kind!r}; it can be {', '.join(KINDS)}.")
        if not 150 <= self.vocabulary <= 4000:
            raise ValueError(f"The vocabulary is {self.vocabulary}; it can be 150 to 4,000.")


# --- written out ----------------------------------------------------------------------------------


def commonest(words: Counter[tuple[str, ...]]) -> Pair | None:
    """The commonest pair of neighbours within words; of equals, the first in the alphabet."""
    pairs: Counter[Pair] = Counter()
    for word, count in words.items():
        for pair in itertools.pairwise(word):
            pairs[pair] += count
    return min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)


def merge(word: tuple[str, ...], pair: Pair) -> tuple[str, ...]:
    """A word with every such pair of neighbours made one, from the left."""
    merged: list[str] = []
    i = 0
    while i < len(word):
        if word[i : i + 2] == pair:
            merged.append("".join(pair))
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


def split(text: str) -> list[str]:
    """Words with the mark of their space; a line's end is a word of its own."""
    return [part.replace(" ", ENDING) for part in re.findall(r"\n| ?[^ \n]+| ", text)]


class BPE:
    """Merges in the order they were learned."""

    def __init__(self, merges: Sequence[Pair]) -> None:
        self.merges = list(merges)
        self._rank = {pair: rank for rank, pair in enumerate(merges)}

    @classmethod
    def learn(cls, text: str, count: int) -> Iterator["BPE"]:
        """A tokeniser after each merge, up to so many."""
        words = Counter(tuple(word) for word in split(text))
        merges: list[Pair] = []
        while len(merges) < count and (pair := commonest(words)) is not None:
            merges.append(pair)
            counted: Counter[tuple[str, ...]] = Counter()
            for word, times in words.items():
                counted[merge(word, pair) if pair[0] in word else word] += times
            words = counted
            yield cls(merges)

    def tokens(self, word: str) -> tuple[str, ...]:
        """A word in tokens: the merge that was learned first goes first."""
        parts = tuple(word)
        while len(parts) > 1:
            pairs = [pair for pair in itertools.pairwise(parts) if pair in self._rank]
            if not pairs:
                break
            parts = merge(parts, min(pairs, key=self._rank.__getitem__))
        return parts

    def encode(self, text: str) -> list[str]:
        """A text in tokens."""
        return [token for word in split(text) for token in self.tokens(word)]

    @staticmethod
    def decode(tokens: Iterable[str]) -> str:
        """The text of tokens: exactly what was encoded, but that a mark of space is a space."""
        return "".join(tokens).replace(ENDING, " ")


def byte_letters() -> dict[int, str]:
    """A printable letter for every byte, as GPT-2 has them: printable ones stand for themselves."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {
        byte: chr(256 + place) for place, byte in enumerate(rest)
    }


class ByteBPE:
    """GPT-2's tokeniser: BPE over bytes, with its published merges and numbers.

    Args:
        numbers: The number of each token.
        merges: The pairs in their order.
    """

    PATTERN = re.compile(
        r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+"
    )

    def __init__(self, numbers: dict[str, int], merges: Sequence[Pair]) -> None:
        self.numbers = numbers
        self._tokens = {number: token for token, number in numbers.items()}
        self._bpe = BPE(merges)
        self._letters = byte_letters()
        self._bytes = {letter: byte for byte, letter in self._letters.items()}

    @classmethod
    def from_folder(cls, folder: Path | str) -> "ByteBPE":
        """Read `vocab.json` and `merges.txt`. Raises FileNotFoundError if one is not there."""
        numbers = json.loads((Path(folder) / "vocab.json").read_text("utf-8"))
        lines = (Path(folder) / "merges.txt").read_text("utf-8").split("\n")
        pairs = [line.split(" ") for line in lines if line and not line.startswith("#version")]
        return cls(numbers, [(pair[0], pair[1]) for pair in pairs])

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's tokens."""
        found = []
        for word in self.PATTERN.findall(text):
            letters = "".join(self._letters[byte] for byte in word.encode())
            found += [self.numbers[token] for token in self._bpe.tokens(letters)]
        return found

    def decode(self, numbers: Sequence[int]) -> str:
        """The text of tokens; bytes that are no text become replacement signs."""
        letters = "".join(self._tokens[number] for number in numbers)
        return bytes(self._bytes[letter] for letter in letters).decode(errors="replace")


# --- sentencepiece --------------------------------------------------------------------------------


def sentencepieces(text: str, kind: str, vocabulary: int) -> sentencepiece.SentencePieceProcessor:
    """Sentencepiece trained on a text, so that every text comes back as it was.

    Bytes stand in for what has no piece, spaces are kept as they are, and nothing is normalised.
    """
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(line for line in text.split("\n") if line),
        model_writer=model,
        model_type=kind,
        vocab_size=vocabulary,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        num_threads=1,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def cut(pieces: Sequence[str]) -> str:
    """Tokens side by side, to look at."""
    return " | ".join(piece.replace("\n", "⏎") for piece in pieces)


def train(config: Config) -> Iterator[Start | Reading]:
    """Merge after merge, or all at once by sentencepiece; judged on text that was not counted.

    `test/characters a token` says how far a text shrinks, `test/round trip` the share of its lines
    that come back exactly.
    """
    config.check()
    text = manual.text()
    limit = int(0.9 * len(text))
    known, held_out = text[:limit], text[limit:]
    lines = [line for line in held_out.split("\n") if line]
    sentence = "The tokeniser reads: unbelievable, isn't it?"
    if config.kind == "ours":
        count = config.vocabulary - len(manual.characters())
        # Counting all of the book at every merge takes minutes; a tenth of it says nearly the same.
        part = known[: len(known) // 10]
        yield Start(total_steps=count)
        for step, bpe in enumerate(BPE.learn(part, count), 1):
            if step % 20 == 0 or step == count:
                size = len(bpe.encode("\n".join(lines[:100])))
                shrunk = len("\n".join(lines[:100])) / size
                picture = Picture("text", [], cut(bpe.encode(sentence)))
                last = " ".join("".join(pair) for pair in bpe.merges[-10:])
                now = Reading(step, {"train/characters a token": shrunk}, {
                    "cut": picture, "merges": Picture("text", [], f"the last merges: {last}")
                })  # fmt: skip
                if step == count:
                    whole = sum(len(bpe.encode(line)) for line in lines)
                    back = [bpe.decode(bpe.encode(line)) == line for line in lines]
                    now.scalars["test/characters a token"] = sum(map(len, lines)) / whole
                    now.scalars["test/round trip"] = sum(back) / len(back)
                yield now
        return
    yield Start(total_steps=1)
    processor = sentencepieces(known, config.kind, config.vocabulary)
    whole = sum(len(processor.encode(line)) for line in lines)
    back = [processor.decode(processor.encode(line)) == line for line in lines]
    pieces = processor.encode(sentence, out_type=str)
    yield Reading(
        1,
        {
            "test/characters a token": sum(map(len, lines)) / whole,
            "test/round trip": sum(back) / len(back),
        },
        {"cut": Picture("text", [], cut(pieces))},
    )


if __name__ == "__main__":
    run_alone(train(Config()), every=100)
