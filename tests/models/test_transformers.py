"""Attention, the Transformer, GPT and recurrent cells beside torch's own; tokenisers beside the text."""

import itertools
import json
import math
import random
import struct

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from models import attention, gpt, gpt2, recurrent, tokenisers, transformer
from models.attention import MultiHead, future
from models.data import manual, pairs
from models.gpt import GPT
from models.recurrent import GRU, LSTM, RNN
from models.tokenisers import BPE, ByteBPE
from models.transformer import Transformer


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def last(exercise, **knobs):
    start, *rest = exercise.train(exercise.Config(**knobs))
    assert [item.step for item in rest] == sorted({item.step for item in rest})
    assert rest[-1].step == start.total_steps
    return rest[-1]


# --- attention ----------------------------------------------------------------------------------


@given(st.integers(0, 1000), st.booleans())
@settings(max_examples=25, deadline=None)
def test_attention_is_torchs_with_and_without_a_mask(seed, masked):
    query, key, value = (torch.randn(2, 3, 5, 4, generator=generator(seed + i)) for i in range(3))
    hidden = future(5) if masked else None
    mine, weights = attention.attention(query, key, value, hidden)
    theirs = functional.scaled_dot_product_attention(query, key, value, is_causal=masked)
    assert torch.allclose(mine, theirs, atol=1e-5)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 3, 5), atol=1e-5)
    assert not masked or (weights.triu(1) == 0).all()


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_heads_are_torchs_outputs_and_gradients(heads):
    torch.manual_seed(0)
    mine, theirs = MultiHead(8, heads), nn.MultiheadAttention(8, heads, batch_first=True)
    with torch.no_grad():
        parts = (mine.query, mine.key, mine.value)
        theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
        theirs.out_proj.load_state_dict(mine.join.state_dict())
    asking, asked = torch.randn(2, 3, 8), torch.randn(2, 6, 8)
    blank = torch.zeros(2, 6, dtype=torch.bool)
    blank[1, 4:] = True
    mine.keep = True
    found = mine(asking, asked, blank[:, None, None])
    wanted, weights = theirs(asking, asked, asked, key_padding_mask=blank)
    assert torch.allclose(found, wanted, atol=1e-5)
    assert torch.allclose(mine.weights.mean(1), weights, atol=1e-5)
    found.sum().backward()
    wanted.sum().backward()
    assert torch.allclose(mine.value.weight.grad, theirs.in_proj_weight.grad[16:], atol=1e-5)
    assert torch.allclose(mine.query.weight.grad, theirs.in_proj_weight.grad[:8], atol=1e-5)


def test_heads_have_to_share_the_width():
    with pytest.raises(ValueError, match="3 heads"):
        MultiHead(8, 3)
    with pytest.raises(ValueError, match="3 heads"):
        next(attention.train(attention.Config(heads=3)))


def test_every_question_has_its_pair():
    keys, values, asked, truth, place = attention.questions(50, generator())
    rows = torch.arange(50)
    assert torch.equal(keys[rows, place], asked)
    assert torch.equal(values[rows, place], truth)
    assert all(len(set(row)) == attention.PAIRS for row in keys.tolist())


def test_a_lookup_reads_and_shows_where_it_looked():
    scalars = last(attention, steps=50).scalars
    assert {"train/on the pair", "test/accuracy"} <= set(scalars)


# --- the Transformer ----------------------------------------------------------------------------


def test_waves_by_hand():
    found = transformer.waves(5, 6)
    assert found.shape == (5, 6)
    assert found[0].tolist() == [0, 1, 0, 1, 0, 1]
    assert found[3, 0].item() == pytest.approx(math.sin(3))
    assert found[3, 3].item() == pytest.approx(math.cos(3 / 10_000 ** (2 / 6)), rel=1e-4)


def copied(mine, theirs):
    """The weights of one of our layers in torch's own, name by name."""
    parts = [(mine.attend, theirs.self_attn)] if hasattr(mine, "attend") else [
        (mine.back, theirs.self_attn), (mine.across, theirs.multihead_attn)
    ]  # fmt: skip
    with torch.no_grad():
        for ours, other in parts:
            three = (ours.query, ours.key, ours.value)
            other.in_proj_weight.copy_(torch.cat([part.weight for part in three]))
            other.in_proj_bias.copy_(torch.cat([part.bias for part in three]))
            other.out_proj.load_state_dict(ours.join.state_dict())
        theirs.linear1.load_state_dict(mine.think[0].state_dict())
        theirs.linear2.load_state_dict(mine.think[2].state_dict())
        for norm in (*mine.norms, theirs.norm1, theirs.norm2):
            norm.weight.uniform_(0.5, 1.5)
        for i, norm in enumerate(mine.norms, 1):
            getattr(theirs, f"norm{i}").load_state_dict(norm.state_dict())
    return theirs.eval()


def test_layers_are_torchs_own():
    torch.manual_seed(0)
    options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
    x, read = torch.randn(2, 5, 8), torch.randn(2, 7, 8)
    blank = torch.zeros(2, 5, dtype=torch.bool)
    blank[0, 3:] = True
    mine = transformer.EncoderLayer(8, 2, 16)
    theirs = copied(mine, nn.TransformerEncoderLayer(8, 2, 16, **options))
    wanted = theirs(x, src_key_padding_mask=blank)
    found = mine(x, blank[:, None, None])
    assert torch.allclose(found[~blank], wanted[~blank], atol=1e-5)
    mine = transformer.DecoderLayer(8, 2, 16)
    theirs = copied(mine, nn.TransformerDecoderLayer(8, 2, 16, **options))
    nobody = torch.zeros(2, 1, 1, 7, dtype=torch.bool)
    found = mine(x, read, future(5), nobody)
    assert torch.allclose(found, theirs(x, read, tgt_mask=future(5)), atol=1e-5)


def test_an_answer_does_not_see_its_future_and_padding_says_nothing():
    torch.manual_seed(0)
    model = Transformer(10, 16, 2, 1).eval()
    source, target = torch.tensor([[3, 4, 5, 0, 0]]), torch.tensor([[1, 6, 7, 8]])
    whole = model(source, target)
    assert torch.allclose(whole[:, :2], model(source, target[:, :2]), atol=1e-5)
    assert torch.allclose(whole, model(source[:, :3], target), atol=1e-5)
    answer = model.answer(source, 3)
    assert torch.equal(answer[:, 0], whole[:, 0].argmax(-1))


def test_the_base_model_has_the_papers_size():
    with torch.device("meta"):
        model = Transformer(37_000, longest=512, inner=2048)
    count = sum(each.numel() for each in model.parameters())
    # Vaswani et al., table 3: 65 million, with one table for both tokens and logits; ours has two.
    assert count - 37_000 * 512 == pytest.approx(65e6, rel=0.04)


def test_pairs_are_right_and_none_is_in_both():
    for name, make in pairs.TASKS.items():
        task = make(random.Random(0)) if name == "numbers" else pairs.Task(
            getattr(pairs, name), random.Random(0), 300
        )  # fmt: skip
        assert not set(task.train) & set(task.test)
        source, target = task.tokens(task.test)
        for (read, written), one, other in zip(task.test, source, target, strict=True):
            assert (task.decode(one), task.decode(other)) == (read, written)
    assert pairs.in_words(742) == "seven hundred and forty-two"
    assert pairs.in_words(110) == "one hundred and ten"
    assert len({pairs.in_words(number) for number in range(1000)}) == 1000
    written, iso = pairs.dates(random.Random(3))
    assert iso[:4] in written


def test_it_trains_and_answers(monkeypatch):
    monkeypatch.setitem(pairs.TASKS, "sort", lambda rng: pairs.Task(pairs.sort, rng, 400))
    found = last(transformer, task="sort", width=16, heads=2, layers=1, steps=100)
    assert 0 <= found.scalars["test/exact"] <= 1
    assert set(found.pictures) == {"attention", "answers"}
    with pytest.raises(ValueError, match="sing"):
        next(transformer.train(transformer.Config(task="sing")))


# --- GPT ----------------------------------------------------------------------------------------


def test_gpt_2_has_124_million_parameters():
    with torch.device("meta"):
        model = GPT(**gpt2.GPT2)
    assert sum(each.numel() for each in model.parameters()) == 124_439_808


def test_gpt_sees_only_what_was():
    torch.manual_seed(0)
    model = GPT(11, 16, 2, 2, 8).eval()
    tokens = torch.randint(11, (2, 8))
    changed = tokens.clone()
    changed[:, 5:] = 0
    assert torch.allclose(model(tokens)[:, :5], model(changed)[:, :5], atol=1e-5)


def test_a_block_is_torchs_own():
    torch.manual_seed(0)
    mine = gpt.Block(8, 2)
    theirs = nn.TransformerEncoderLayer(
        8, 2, 32, 0.0, functools_gelu, batch_first=True, norm_first=True
    )
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(mine.ask.weight)
        theirs.self_attn.in_proj_bias.copy_(mine.ask.bias)
        theirs.self_attn.out_proj.load_state_dict(mine.join.state_dict())
        theirs.linear1.load_state_dict(mine.think[0].state_dict())
        theirs.linear2.load_state_dict(mine.think[2].state_dict())
    x = torch.randn(2, 6, 8)
    assert torch.allclose(mine(x), theirs(x, src_mask=future(6)), atol=1e-5)


def functools_gelu(x):
    return functional.gelu(x, approximate="tanh")


def test_cold_writing_takes_the_likeliest_and_slides_over_its_context():
    torch.manual_seed(0)
    model = GPT(11, 16, 2, 1, 4).eval()
    tokens, likely = model.write(torch.tensor([[1, 2]]), 6, 0.0, generator())
    assert tokens.shape == (1, 8)
    assert likely.min() > 0.999
    assert tokens[0, 7] == model(tokens[:, 3:7])[0, -1].argmax()


def saved(folder, tensors):
    """A safetensors file, written by the format's definition."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(
        gpt2, "GPT2", {"vocabulary": 11, "width": 8, "heads": 2, "layers": 2, "context": 6}
    )
    torch.manual_seed(1)
    return GPT(**gpt2.GPT2).eval()


def published(model):
    """Its tensors as the published file has them: other names, and matrices turned."""
    names, tensors = gpt2.published_names(2), {}
    for name, tensor in model.state_dict().items():
        theirs = names[name]
        turned = theirs.startswith("h.") and tensor.ndim == 2
        tensors[theirs] = tensor.T if turned else tensor
    tensors["h.0.attn.bias"] = torch.ones(1, 1, 6, 6)
    return tensors


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_published_weights_are_read(tiny, tmp_path, prefix):
    saved(tmp_path, {prefix + name: each for name, each in published(tiny).items()})
    tokens = torch.randint(11, (2, 6))
    assert torch.equal(gpt2.from_pretrained(tmp_path)(tokens), tiny(tokens))


def test_weights_of_another_network_are_refused(tiny, tmp_path):
    tensors = published(tiny)
    tensors["h.1.ln_1.weight"] = torch.ones(5)
    del tensors["wpe.weight"]
    saved(tmp_path, tensors)
    with pytest.raises(ValueError, match=r"wpe.weight is missing.*ln_1.weight is \(5,\)"):
        gpt2.from_pretrained(tmp_path)
    with pytest.raises(FileNotFoundError):
        gpt2.from_pretrained(tmp_path / "nothing")


def test_the_published_one_writes_from_a_folder(tiny, tmp_path, monkeypatch, capsys):
    class Letters:
        def encode(self, text):
            return [ord(char) - ord("a") for char in text]

        def decode(self, tokens):
            return "".join(chr(ord("a") + token) for token in tokens)

    saved(tmp_path, published(tiny))
    monkeypatch.setattr(gpt2.ByteBPE, "from_folder", lambda folder: Letters())
    monkeypatch.setattr("sys.argv", ["gpt2", str(tmp_path), "abba", "--count", "7"])
    gpt2.main()
    written = capsys.readouterr().out.strip()
    assert len(written) == 11
    assert written.startswith("abba")


def test_gpt_trains_and_writes():
    found = last(gpt, width=16, heads=2, layers=1, context=16, steps=200)
    assert float(found.scalars["test/loss"]) < math.log(103)
    assert "mean probability" in found.pictures["writing"].caption


# --- the book and tokenisers --------------------------------------------------------------------


def test_the_book_is_whole_and_its_halves_meet():
    assert len(manual.text()) == 465_048
    known, held_out = manual.halves()
    assert manual.decode(torch.cat([known[-50:], held_out[:50]])) in manual.text()
    assert manual.decode(manual.encode('The "assert" statement')) == 'The "assert" statement'
    assert manual.windows(known, 3, 10, generator()).shape == (3, 10)


def test_bpe_by_hand():
    text = "low low low lower lower newest newest newest newest"
    steps = list(BPE.learn(text, 4))
    assert steps[0].merges[0] == ("e", "w") or len(steps[0].merges) == 1
    assert tokenisers.merge(tuple("banana"), ("a", "n")) == ("b", "an", "an", "a")
    assert tokenisers.merge(tuple("aaa"), ("a", "a")) == ("aa", "a")


@given(st.text(alphabet="abc é\n", max_size=40))
@settings(max_examples=60, deadline=None)
def test_what_is_encoded_comes_back(text):
    bpe = list(BPE.learn("ab ab abc cab cab\nabc", 6))[-1]
    assert bpe.decode(bpe.encode(text)) == text


def test_more_merges_make_fewer_tokens():
    part = manual.text()[:4000]
    counts = [len(bpe.encode(part)) for bpe in BPE.learn(part, 30)]
    assert counts == sorted(counts, reverse=True)


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_bytes_stand_in_for_every_letter(text):
    letters = tokenisers.byte_letters()
    assert len(set(letters.values())) == 256
    numbers = {letter: byte for byte, letter in letters.items()} | {"he": 256, "Ġt": 257}
    tokeniser = ByteBPE(numbers, [("h", "e"), ("Ġ", "t")])
    assert tokeniser.decode(tokeniser.encode(text)) == text.encode(errors="replace").decode()


def test_gpt_2s_words_are_cut_as_published(tmp_path):
    letters = tokenisers.byte_letters()
    numbers = {letter: byte for byte, letter in letters.items()}
    (tmp_path / "vocab.json").write_text(json.dumps(numbers), "utf-8")
    (tmp_path / "merges.txt").write_text("#version: 0.2\nh e\n\u0120 t\n", "utf-8")
    (tmp_path / "vocab.json").write_text(json.dumps(numbers | {"he": 256, "Ġt": 257}), "utf-8")
    tokeniser = ByteBPE.from_folder(tmp_path)
    assert tokeniser.encode(" the") == [257, 256]
    assert ByteBPE.PATTERN.findall("I'll see 42 cats_, ok?  Yes") == [
        "I", "'ll", " see", " 42", " cats", "_,", " ok", "?", " ", " Yes"
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_sentencepiece_brings_every_line_back(kind):
    found = last(tokenisers, kind=kind, vocabulary=400)
    assert found.scalars["test/round trip"] == 1.0
    assert found.scalars["test/characters a token"] > 1.2


def test_our_own_bpe_trains():
    found = last(tokenisers, kind="ours", vocabulary=150)
    assert found.scalars["test/round trip"] == 1.0
    assert found.scalars["test/characters a token"] > 1.2


# --- recurrent cells ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "torchs"), [(RNN, nn.RNNCell), (LSTM, nn.LSTMCell), (GRU, nn.GRUCell)]
)
def test_cells_are_torchs_outputs_and_gradients(ours, torchs):
    torch.manual_seed(0)
    mine, theirs = ours(3, 5), torchs(3, 5)
    with torch.no_grad():
        for part, kind in ((mine.seen, "ih"), (mine.kept, "hh")):
            getattr(theirs, f"weight_{kind}").copy_(part.weight)
            getattr(theirs, f"bias_{kind}").copy_(part.bias)
    state, other = mine.start(4), None
    for x in torch.randn(6, 4, 3):
        state, other = mine(x, state), theirs(x, other)
    said = other[0] if isinstance(other, tuple) else other
    assert torch.allclose(state[0], said, atol=1e-6)
    state[0].sum().backward()
    said.sum().backward()
    assert torch.allclose(mine.seen.weight.grad, theirs.weight_ih.grad, atol=1e-5)
    assert torch.allclose(mine.kept.weight.grad, theirs.weight_hh.grad, atol=1e-5)


def test_an_open_gate_remembers():
    """With nothing coming in, the state of an LSTM falls by its forget gate at each step."""
    cell = LSTM(2, 3, forget_bias=4.0)
    with torch.no_grad():
        for each in cell.parameters():
            each.zero_()
        cell.kept.bias[3:6] = 4.0
    _, kept = cell(torch.zeros(1, 2), (torch.zeros(1, 3), torch.ones(1, 3)))
    assert torch.allclose(kept, torch.full((1, 3), 4.0).sigmoid())


def test_the_gradient_reaches_farther_through_an_open_gate():
    symbols, first = recurrent.sequences(32, 40, generator())
    assert torch.equal(symbols[:, 0], first)
    assert symbols[:, 1:].min() >= recurrent.SYMBOLS
    reach = []
    for bias in (0.0, 4.0):
        torch.manual_seed(0)
        model = recurrent.Rememberer("lstm", 16, bias)
        reach.append(float(recurrent.memory(model, symbols, first)[0]))
    assert reach[1] > 1000 * reach[0]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_rememberers_train(cell):
    found = last(recurrent, cell=cell, length=6, steps=25)
    assert {"valid/accuracy", "test/accuracy", "test/reach"} <= set(found.scalars)
    assert list(itertools.chain(found.pictures)) == ["memory"]
