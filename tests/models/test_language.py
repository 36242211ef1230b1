"""TF-IDF, word2vec and BERT, beside scikit-learn's and torch's own and sums done by hand."""

import json
import math
import struct

import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import nn
from torch.nn import functional

from models import bert, bert_base, tfidf, word2vec
from models.bert import BERT, Layer
from models.data import grammar
from models.word2vec import Text, Vectors


def last(exercise, **knobs):
    start, *rest = exercise.train(exercise.Config(**knobs))
    assert [item.step for item in rest] == list(range(1, start.total_steps + 1))
    return rest[-1]


# --- counting -----------------------------------------------------------------------------------

TEXTS = ["the cat sat on the mat", "the dog sat", "a cat and a dog and the cat", "a zebra"]


def test_the_numbers_are_scikit_learns():
    mine = tfidf.TfIdf(TEXTS, least=1)
    theirs = TfidfVectorizer(sublinear_tf=True).fit(TEXTS)
    assert mine.words == list(theirs.get_feature_names_out())
    asked = [*TEXTS, "an unknown zebra", "nothing"]
    wanted = torch.tensor(theirs.transform(asked).toarray(), dtype=torch.float)
    assert torch.allclose(mine.vectors(asked), wanted, atol=1e-6)


def test_rare_words_are_left_out():
    assert tfidf.TfIdf(TEXTS, least=2).words == ["cat", "dog", "sat", "the"]
    assert tfidf.TfIdf(TEXTS, least=2, idf=False).idf.tolist() == [1, 1, 1, 1]


def test_texts_of_the_manual_are_sorted():
    found = last(tfidf, epochs=1)
    assert found.scalars["test/accuracy"] > found.scalars["test/majority"]
    assert "String Methods" in found.pictures["telling"].caption


# --- word2vec -----------------------------------------------------------------------------------


def test_the_language_has_the_same_words_on_both_sides():
    sentences = grammar.sentences(200, 0)
    assert all(len(sentence) == 6 for sentence in sentences)
    assert len(grammar.analogies()) == 8 * 7 + 3 * 8 * 7
    assert ("king", "queen", "uncle", "aunt") in grammar.analogies()


def test_windows_end_at_their_sentence():
    text = Text([["a", "b", "c"], ["d"]])
    middle, around = text.windows()
    words = [text.words[i] for i in middle.tolist()]
    assert words == ["a", "b", "c", "d"]
    seen = [{text.words[i] for i in row if i >= 0} for row in around.tolist()]
    assert seen == [{"b", "c"}, {"a", "c"}, {"a", "b"}, set()]


def test_the_loss_and_its_gradient_by_finite_differences():
    torch.manual_seed(0)
    asking = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
    true, drawn = torch.randn(3, 4, dtype=torch.double), torch.randn(3, 5, 4, dtype=torch.double)
    by_hand = 0.0
    for i in range(3):
        by_hand -= math.log(1 / (1 + math.exp(-float(asking[i].detach() @ true[i]))))
        for other in drawn[i]:
            by_hand -= math.log(1 / (1 + math.exp(float(asking[i].detach() @ other))))
    assert word2vec.loss_of(asking, true, drawn).item() == pytest.approx(by_hand / 3)
    assert torch.autograd.gradcheck(lambda x: word2vec.loss_of(x, true, drawn), asking)


def test_analogies_are_solved_where_they_hold():
    text = Text(grammar.sentences(2000, 0))
    torch.manual_seed(0)
    places = torch.randn(len(text.words), 16) * 0.01
    # Every word of a pair is its row's place plus its column's.
    for table in (grammar.ROLES, grammar.LANDS):
        columns = torch.randn(3, 16)
        for words in table:
            row = torch.randn(16)
            for word, column in zip(words, columns, strict=False):
                places[text.number[word]] = row + column
    assert word2vec.solved(functional.normalize(places, dim=1), text) > 0.8
    assert word2vec.solved(functional.normalize(torch.randn_like(places), dim=1), text) < 0.2


@pytest.mark.parametrize("way", ["skip-gram", "cbow"])
def test_both_ways_train(way):
    found = last(word2vec, way=way, sentences=300, epochs=1)
    assert 0 <= found.scalars["test/analogies"] <= 1
    assert "king:" in found.pictures["neighbours"].caption


def test_vectors_begin_small_and_unrelated():
    vectors = Vectors(10, 4)
    assert vectors.own.weight.abs().max() <= 0.125
    assert vectors.beside.weight.abs().max() == 0


# --- BERT ---------------------------------------------------------------------------------------


def test_published_sizes():
    with torch.device("meta"):
        sizes = [sum(each.numel() for each in model.parameters()) for model in
                 (BERT(), bert_base.distilbert())]  # fmt: skip
    # The models' cards: bert-base-uncased 109,482,240 without heads, distilbert 66,362,880.
    assert sizes == [109_482_240, 66_362_880]


def test_a_layer_is_torchs_own():
    torch.manual_seed(0)
    mine = Layer(8, 2)
    theirs = nn.TransformerEncoderLayer(8, 2, 32, 0.0, "gelu", 1e-12, batch_first=True)
    with torch.no_grad():
        parts = (mine.attend.query, mine.attend.key, mine.attend.value)
        theirs.self_attn.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
        theirs.self_attn.out_proj.load_state_dict(mine.attend.join.state_dict())
        theirs.linear1.load_state_dict(mine.widen.state_dict())
        theirs.linear2.load_state_dict(mine.narrow.state_dict())
    x = torch.randn(2, 5, 8)
    blank = torch.zeros(2, 5, dtype=torch.bool)
    blank[1, 3:] = True
    found, wanted = mine(x, blank[:, None, None]), theirs(x, src_key_padding_mask=blank)
    assert torch.allclose(found[~blank], wanted[~blank], atol=1e-5)


def saved(folder, tensors):
    """A safetensors file, written by the format's definition."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


@pytest.mark.parametrize(("style", "prefix"), [("bert", "bert."), ("distilbert", "distilbert.")])
def test_published_weights_are_read(style, prefix, tmp_path):
    torch.manual_seed(0)
    kinds = 2 if style == "bert" else 0
    model = BERT(11, 8, 2, 2, 6, kinds, style == "bert").eval()
    names = bert_base.published_names(2, style)
    tensors = {prefix + names[name]: each for name, each in model.state_dict().items()}
    tensors |= {"cls.predictions.bias": torch.zeros(11), "vocab_projector.bias": torch.zeros(11)}
    saved(tmp_path, tensors)
    other = bert_base.fill(BERT(11, 8, 2, 2, 6, kinds, style == "bert"), tmp_path)
    tokens = torch.randint(11, (2, 6))
    assert torch.equal(other(tokens), model(tokens))
    tensors.pop(prefix + names["norm.weight"])
    saved(tmp_path, tensors)
    with pytest.raises(ValueError, match=r"embeddings.LayerNorm.weight is missing"):
        bert_base.fill(BERT(11, 8, 2, 2, 6, kinds, style == "bert"), tmp_path)


def test_holes_are_as_many_as_was_asked_and_mostly_masked():
    tokens = torch.randint(100, (200, 50))
    shown, chosen = bert.hide(tokens, 0.15, 100, torch.Generator().manual_seed(0))
    assert chosen.float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert torch.equal(shown[~chosen], tokens[~chosen])
    assert (shown[chosen] == 100).float().mean().item() == pytest.approx(0.8, abs=0.03)
    assert (shown[chosen] == tokens[chosen]).float().mean().item() == pytest.approx(0.1, abs=0.03)


def test_a_place_sees_both_sides():
    torch.manual_seed(0)
    model = BERT(11, 8, 2, 1, 6, 0, False)
    tokens = torch.randint(11, (1, 6))
    for changed in (0, 5):
        other = tokens.clone()
        other[0, changed] = (other[0, changed] + 1) % 11
        assert not torch.allclose(model(tokens)[0, 3], model(other)[0, 3])


def test_bert_trains_and_is_compared_with_the_bigram():
    found = last(bert, width=16, heads=2, layers=1, context=12, steps=100)
    assert {"test/accuracy", "test/bigram"} <= set(found.scalars)
    assert "_" in found.pictures["holes"].caption
