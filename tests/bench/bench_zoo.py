"""How fast the models to read are, beside what one would build of torch's own parts.

- *GPT*: tokens a second of a training step, ours against the same network of
  `nn.TransformerEncoderLayer`s; within 5 % is the aim.
- *self-play*: games of tic-tac-toe a second, 25 simulations a move, a fresh network.
- *word2vec*: pairs a second, both ways.
"""

import random
import statistics
import time

import pytest
import torch
from torch import nn
from torch.nn import functional

from models import alphago, gpt, word2vec
from models.boards import BOARDS

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


class Parts(nn.Module):
    """The same network of torch's own layers."""

    def __init__(self, vocabulary, width, heads, layers, context):
        super().__init__()
        self.token, self.place = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, 0.0, nn.GELU(approximate="tanh"), batch_first=True,
                norm_first=True,
            )
            for _ in range(layers)
        )  # fmt: skip
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens):
        x = self.token(tokens) + self.place.weight[: tokens.shape[1]]
        later = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        for layer in self.layers:
            x = layer(x, src_mask=later, is_causal=True)
        return self.norm(x) @ self.token.weight.T


def seconds(model, optimizer, tokens, steps=20):
    began = time.process_time()
    for _ in range(steps):
        loss = functional.cross_entropy(
            model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (time.process_time() - began) / steps


def test_tokens_a_second(capsys):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    size = (103, 64, 4, 2, 64)
    tokens = torch.randint(103, (16, 65))
    pair = [
        (model, torch.optim.AdamW(model.parameters())) for model in (gpt.GPT(*size), Parts(*size))
    ]
    for model, optimizer in pair:
        seconds(model, optimizer, tokens, 5)
    # In turns, so that what else the machine does hits both.
    found = [[seconds(*each, tokens) for each in pair] for _ in range(9)]
    ours, theirs = (statistics.median(column) for column in zip(*found, strict=True))
    with capsys.disabled():
        print(
            f"\nGPT, CPU, 1 thread: ours {1024 / ours:,.0f} tokens/s of CPU time, torch's layers"
            f" {1024 / theirs:,.0f}; ours takes {ours / theirs:.2f} of the time"
        )


def test_games_a_second(capsys):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    board, rng = BOARDS["tic-tac-toe"], random.Random(0)
    guess = alphago.guesser(alphago.Network(board))
    began, games = time.process_time(), 0
    while time.process_time() - began < 5:
        alphago.self_play(board, guess, alphago.Config(), rng)
        games += 1
    with capsys.disabled():
        taken = time.process_time() - began
        print(f"\nself-play, tic-tac-toe, 25 simulations: {games / taken:.1f} games/s of CPU time")


@pytest.mark.parametrize("way", ["skip-gram", "cbow"])
def test_pairs_a_second(capsys, way):
    """Of word2vec with five drawn words beside each true one, pictures and judge left out."""
    torch.set_num_threads(1)
    readings = word2vec.train(word2vec.Config(way=way))
    for _ in range(20):
        next(readings)
    began = time.process_time()
    for _ in range(70):
        next(readings)  # steps 20 to 89: no picture among them
    taken = time.process_time() - began
    with capsys.disabled():
        print(f"\nword2vec, {way}: {70 * word2vec.BATCH / taken:,.0f} pairs/s of CPU time")
