"""A teacher that reads and a student that counts: what they are, and what the one hands on."""

import pytest
import torch
from marks import last
from torch.nn import functional

from models import distilbert
from models.distilbert import Bag, Config, Reader, encode, size, vocabulary
from models.distillation import distill_loss
from models.reading import Reading


def test_the_student_takes_words_in_any_order_and_the_teacher_does_not():
    torch.manual_seed(0)
    tokens = torch.randint(1, 50, (3, 20))
    shuffled = tokens[:, torch.randperm(20)]
    bag, reader = Bag(50, 8), Reader(50).eval()
    torch.testing.assert_close(bag(tokens), bag(shuffled))
    assert not torch.allclose(reader(tokens), reader(shuffled), atol=1e-4)


def test_a_bag_is_torchs_own_embedding_bag():
    torch.manual_seed(1)
    bag = Bag(30, 8)
    tokens = torch.randint(0, 30, (4, 20))
    mean = functional.embedding_bag(tokens, bag.word.weight, mode="mean")
    torch.testing.assert_close(bag(tokens), bag.answer(mean))


def test_words_that_were_not_trained_on_are_unknown():
    numbers = vocabulary(["one two", "two three"])
    assert numbers == {"one": 1, "three": 2, "two": 3}
    assert encode(["two four"], numbers).tolist() == [[3, 0]]


def test_the_loss_is_the_divergence_at_a_temperature():
    student, teacher = torch.tensor([[1.0, 0.0, -1.0]]), torch.tensor([[2.0, 1.0, 0.0]])
    p, q = (teacher / 2).softmax(1), (student / 2).softmax(1)
    by_hand = 4 * (p * (p / q).log()).sum()
    torch.testing.assert_close(distill_loss(student, teacher, 2.0), by_hand)


def test_a_student_of_few_labels_guesses():
    found = last(distilbert, teacher=False, steps=300)
    assert 0.3 < found["test/student"] < 0.75
    assert found["test/smaller"] == pytest.approx(15.5, abs=0.5)
    assert "test/teacher" not in found


@pytest.mark.timeout(240)
def test_a_taught_student_comes_close_to_its_teacher():
    found = last(distilbert, steps=400)
    assert found["test/student"] >= 0.82
    assert found["test/student"] >= found["test/teacher"] - 0.06


def test_its_end_is_pictured_and_repeats():
    runs = [
        [
            item
            for item in distilbert.train(Config(teacher=False, steps=40))
            if isinstance(item, Reading)
        ]
        for _ in range(2)
    ]
    assert runs[0][-1].pictures["confusion"].data.shape == (4, 4)
    assert runs[0][-1].scalars == runs[1][-1].scalars


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(ValueError, match="at least"):
        next(distilbert.train(Config(labels=0)))
    assert size(Bag(10, 2)) == 10 * 2 + 2 * 4 + 4
