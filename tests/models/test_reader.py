"""The reader: SQuAD's measures by hand, spans beside a search by force, and what its questions hold out."""

import random
from itertools import product

import pytest
import torch

from models import reader, squad
from models.data import passages
from models.data.passages import Item
from models.reader import Config, Reader
from models.reading import Start

# --- measures -----------------------------------------------------------------------------------

BY_HAND = [
    # said, truth, exact match, F1
    ("cold air", "cold air", 1, 1),
    ("The  Cold air.", "cold air", 1, 1),
    ("U.S.", "us", 1, 1),
    ("cold air", "cold", 0, 2 / 3),  # P 1/2, R 1
    ("cold", "the cold air and dust", 0, 2 / 5),  # P 1, R 1/4: the article is gone
    ("dust and cold air", "cold air and dust", 0, 1),
    ("b b c", "b c c", 0, 2 / 3),  # one b and one c are shared
    ("dust", "gravity", 0, 0),
    ("another theme", "other theme", 0, 1 / 2),  # articles inside words stay
    ("", "", 1, 1),
    ("", "gravity", 0, 0),
    ("gravity", "", 0, 0),
    ("the", "", 1, 1),
]


@pytest.mark.parametrize(("said", "truth", "exact", "f1"), BY_HAND)
def test_exact_match_and_f1(said, truth, exact, f1):
    assert squad.exact(said, truth) == squad.exact(truth, said) == exact
    assert squad.f1(said, truth) == squad.f1(truth, said) == pytest.approx(f1)


def test_each_half_is_counted_alone():
    found = squad.measures(["cold", "gravity", "", "dust"], ["cold air", "gravity", "", ""])
    # 2/3 + 1 + 1 + 0 of 4
    wanted = {"exact match": 0.5, "F1": 2 / 3, "answers": 0.5, "abstains": 0.5}
    assert found == pytest.approx(wanted)
    assert squad.measures([""], [""])["answers"] == 0


# --- questions ----------------------------------------------------------------------------------


def items(count, **knobs):
    rng = random.Random(0)
    return [passages.item(rng, 0.5, **knobs) for _ in range(count)]


def test_an_answer_is_what_the_passage_says_of_what_is_asked():
    values = {value for kind in passages.VALUES.values() for value in kind}
    for item in items(400):
        if item.span:
            assert item.answer in values | set(passages.EVENTS)
            # The sentence around it names what is asked about.
            begin = max((at for at in range(item.span[0]) if item.passage[at] == "."), default=-1)
            sentence = item.passage[begin + 1 : item.passage.index(".", item.span[1])]
            named = [word for word in item.question if word in passages.EVENTS]
            assert set(named) <= set(sentence)
    shares = [item.span is None for item in items(2000)]
    assert sum(shares) / 2000 == pytest.approx(0.5, abs=0.04)
    assert all(item.span for item in [passages.item(random.Random(1), 0) for _ in range(50)])


def test_what_is_unsaid_is_not_said():
    rng = random.Random(0)
    near = 0
    for _ in range(500):
        known = passages.facts(rng, False)
        kind, about = passages.unsaid(known, rng)
        if kind == "effect":
            assert about not in [value for _, relation, value in known if relation == "cause"]
        else:
            assert (about, kind) not in [(event, relation) for event, relation, _ in known]
        near += any(about in (event, value) for event, _, value in known)
    assert near / 500 == pytest.approx(0.5, abs=0.08)


def test_what_causes_another_thing_may_be_asked_for_its_own_cause():
    rng = random.Random(0)
    known = [("thunder", "cause", "wind"), ("hail", "place", "islands")]
    asked = {passages.unsaid(known, rng) for _ in range(300)}
    assert ("cause", "wind") in asked
    assert ("effect", "wind") not in asked


def test_facts_of_the_test_are_no_facts_of_the_training():
    rng = random.Random(0)
    trained, tested = (
        {fact for _ in range(1000) for fact in passages.facts(rng, new)} for new in (False, True)
    )
    assert not trained & tested
    # Whatever is asked about has been read of, in other company.
    assert {event for event, _, _ in tested} == {event for event, _, _ in trained}
    assert {value for _, _, value in tested} <= {value for _, _, value in trained}


@pytest.mark.parametrize("table", ["FORMS", "QUESTIONS"])
def test_new_forms_are_new_and_their_words_are_not(table):
    old, new = getattr(passages, table), getattr(passages, f"NEW_{table}")
    assert old.keys() == new.keys()
    known = {word for each in (passages.FORMS, passages.QUESTIONS) for forms in each.values()
             for form in forms for word in form.split()}  # fmt: skip
    for kind in old:
        assert not set(old[kind]) & set(new[kind])
        assert {word for form in new[kind] for word in form.split()} <= known


# --- the network --------------------------------------------------------------------------------

SAYS = Item(("rain", "comes", "from", "gravity", "."), ("what", "causes", "rain", "?"), (3, 3))


def test_a_passage_and_its_question_have_their_places():
    rows = reader.encode([SAYS])
    assert rows.shape == (1, reader.PASSAGE + reader.QUESTION)
    assert rows[0, 0] == 1
    assert rows[0, 4] == reader.WORDS["gravity"]
    assert rows[0, reader.PASSAGE + 2] == reader.WORDS["rain"] == rows[0, 1]
    assert (rows > 0).sum() == 1 + 5 + 4
    with pytest.raises(ValueError, match="never read 'cats'"):
        reader.encode([Item(("cats",), ("what",), None)])
    with pytest.raises(ValueError, match="room for"):
        reader.encode([Item(("rain",) * reader.PASSAGE, ("what",), None)])


def test_every_item_has_room():
    for new, forms in product((False, True), repeat=2):
        reader.encode(items(300, new=new, forms=forms))


@pytest.mark.parametrize("threshold", [0.0, 2.0])
def test_spans_are_the_best_of_all(threshold):
    torch.manual_seed(0)
    logits = 2 * torch.randn(60, 2, 12)
    for (first, last), found in zip(logits, reader.spans(logits, threshold).tolist(), strict=True):
        every = {
            (i, j): float(first[i] + last[j])
            for i in range(1, 12)
            for j in range(i, min(12, i + reader.LONGEST))
        }
        best = max(every, key=every.get)
        abstains = float(first[0] + last[0]) + threshold > every[best]
        assert tuple(found) == ((0, 0) if abstains else best)


def test_words_that_are_not_there_change_nothing():
    torch.manual_seed(0)
    model = Reader(8, 3).eval()
    rows = reader.encode([SAYS])
    with torch.no_grad():
        plain = model(rows)
        model.embed.weight[0] += 3
        assert torch.equal(model(rows), plain)
    assert plain.shape == (1, 2, reader.PASSAGE)
    assert (plain[0, :, 6:] < -1e8).all()
    assert torch.isfinite(plain).all()
    assert model.looked.sum(2).allclose(torch.ones(1, reader.PASSAGE))
    assert (model.looked[:, :, 4:] == 0).all()


def test_the_order_of_a_question_matters():
    torch.manual_seed(0)
    model = Reader(8, 3).eval()
    turned = Item(SAYS.passage, ("rain", "causes", "what", "?"), None)
    one, other = model(reader.encode([SAYS, turned]))
    assert not torch.allclose(one, other)


class Says(Reader):
    """Is sure of one span."""

    def __init__(self, begin, end):
        super().__init__(2, 1)
        self.span = begin, end

    def forward(self, words):
        logits = torch.zeros(len(words), 2, reader.PASSAGE)
        logits[:, 0, self.span[0]] = logits[:, 1, self.span[1]] = 9
        return logits


def test_answers_are_words_of_the_passage():
    assert reader.answers(Says(4, 4), [SAYS]) == ["gravity"]
    assert reader.answers(Says(1, 2), [SAYS]) == ["rain comes"]
    assert reader.answers(Says(0, 0), [SAYS]) == [""]
    assert reader.answers(Says(4, 4), [SAYS], threshold=30) == [""]
    assert reader.judge(Says(4, 4), [SAYS], 0)["exact match"] == 1


# --- the run ------------------------------------------------------------------------------------


def run(**knobs):
    start, *rest = reader.train(Config(**{"questions": 3200, "epochs": 2, **knobs}))
    assert isinstance(start, Start)
    assert start.model(start.example).shape == (reader.BATCH, 2, reader.PASSAGE)
    assert [item.step for item in rest] == list(range(1, start.total_steps + 1))
    return rest[-1]


@pytest.mark.slow
def test_it_learns_to_answer_and_to_abstain(monkeypatch):
    monkeypatch.setattr(reader, "ASKED", 300)
    last = run()
    assert last.scalars["test/exact match"] > 0.6
    assert last.scalars["test/F1"] >= last.scalars["test/exact match"]
    assert last.scalars["test/answers"] > 0.3
    answer, looking = last.pictures["answer"], last.pictures["looking"]
    assert len(answer.data) == len(answer.labels)
    assert len(looking.labels) == sum(looking.data.shape)
    assert looking.data.sum(1).allclose(torch.ones(len(looking.data)))


@pytest.mark.slow
def test_who_never_saw_such_a_question_answers_all(monkeypatch):
    monkeypatch.setattr(reader, "ASKED", 300)
    last = run(unanswerable=0.0, epochs=1).scalars
    assert last["test/abstains"] < 0.2


def test_the_same_seed_is_the_same_run(monkeypatch):
    monkeypatch.setattr(reader, "ASKED", 40)
    knobs = {"questions": 64, "width": 8}
    assert run(**knobs).scalars == run(**knobs).scalars
    assert run(**knobs).scalars != run(**knobs, seed=1).scalars


def test_knobs_have_their_range():
    for knobs in ({"unanswerable": 2.0}, {"window": 4}, {"dropout": 1.0}):
        with pytest.raises(ValueError, match=r"goes from|odd"):
            Config(**knobs).check()
