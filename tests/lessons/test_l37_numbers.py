"""Every number that the lesson on the Transformer states, worked out again."""

import datetime
import itertools
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest
import torch
from evidence import Lesson

from models.attention import attention, future
from models.data.pairs import BEGIN, END, MONTHS, TASKS, dates, in_words
from models.transformer import Config, Transformer, waves

LESSON = Lesson("day2/37-transformer")


def bag(text: str) -> str:
    return "".join(sorted(text))


def best(pairs: Iterable[tuple[str, str]]) -> float:
    """What a reader of bags gets right at best, all pairs being equally likely."""
    bags: dict[str, Counter[str]] = defaultdict(Counter)
    for read, written in pairs:
        bags[bag(read)][written] += 1
    return sum(max(found.values()) for found in bags.values()) / sum(
        found.total() for found in bags.values()
    )


def every_date() -> Iterable[tuple[str, str]]:
    for days in range(36_500):
        day = datetime.date(1950, 1, 1) + datetime.timedelta(days=days)
        month = MONTHS[day.month - 1]
        for read in (
            f"{day.day} {month} {day.year}",
            f"{month} {day.day}, {day.year}",
            f"{day.day:02}/{day.month:02}/{day.year}",
            f"{month[:3]} {day.day} {day.year}",
        ):
            yield read, day.isoformat()


def test_what_bags_allow():
    claimed = {row[0]: row[2] for row in LESSON.rows("| job")}
    # Six to ten of ten letters: bags of n, over words of n, all lengths being equally likely.
    reverse = sum(math.comb(n + 9, 9) / 10**n for n in range(6, 11)) / 5
    numbers = best((in_words(number), f"{number:03}") for number in range(1000))
    assert claimed == {
        "reverse": f"{reverse:.3f}",
        "dates": f"{best(every_date()):.3f}",
        "numbers": f"{numbers:.3f}",
        "sort": "1.000",
    }


def test_reversing_by_bags_in_small():
    words = ["".join(word) for n in (2, 3) for word in itertools.product("abc", repeat=n)]
    short = [word for word in words if len(word) == 2]
    assert best((word, word[::-1]) for word in short) == math.comb(4, 2) / 9
    assert best((word, bag(word)) for word in words) == 1


def test_the_dates_that_are_counted_are_those_that_are_drawn():
    counted, rng = dict(every_date()), random.Random(0)
    assert all(counted[read] == written for read, written in (dates(rng) for _ in range(500)))


def test_the_anagrams():
    for row in LESSON.rows("| job")[:3]:
        one, other = re.split("[`*], [`*]", row[1].strip("`"))
        assert bag(one) == bag(other)
        assert one != other


def test_the_waves():
    rows = LESSON.rows("| place")
    found = waves(3, 4)
    torch.testing.assert_close(
        torch.tensor([[float(cell) for cell in row[1:]] for row in rows]), found, atol=6e-4, rtol=0
    )
    fast = waves(50, 4)[:, :2]
    for one, other in ((2, 5), (40, 43)):
        assert float(fast[one] @ fast[other]) == pytest.approx(math.cos(3), abs=1e-4)
    assert f"{math.cos(3):.2f}" == "-0.99"


def test_the_network():
    defaults = Config()
    task = TASKS["sort"](random.Random(0))
    model = Transformer(task.vocabulary, defaults.width, defaults.heads, defaults.layers)
    assert f"{sum(each.numel() for each in model.parameters()):,}" == "169,229"
    assert LESSON.says("169,229 weights")
    assert TASKS["reverse"](random.Random(0)).vocabulary == task.vocabulary
    blind = Transformer(task.vocabulary, 64, 4, 2, positions=False)
    assert sum(each.numel() for each in blind.parameters()) == 169_229
    assert not blind.waves.any()


def test_what_is_given_and_what_is_said():
    lines = LESSON.figure("begins, > ends")
    given, says = lines[0].split()[1:], lines[1].split()[1:8]
    assert given[1:] == says[:-1]
    assert (given[0], says[-1]) == ("<", ">")
    task = TASKS["reverse"](random.Random(0))
    _, target = task.tokens([("dbacfe", "efcabd")])
    assert target[0, 0] == BEGIN
    assert END in target[0]
    assert "".join(says[:-1]) == task.decode(target[0]) == "dbacfe"[::-1]


def test_a_reader_without_places_has_a_bag():
    torch.manual_seed(0)
    task = TASKS["numbers"](random.Random(0))
    model = Transformer(task.vocabulary, 64, 4, 2, positions=False).eval()
    source, _ = task.tokens([(in_words(206), "206"), (in_words(602), "602")])
    written = torch.tensor([[BEGIN, 5, 6]] * 2)
    with torch.no_grad():
        logits = model(source, written)
    torch.testing.assert_close(logits[0], logits[1], atol=1e-5, rtol=1e-4)


def test_the_mask_tells_the_writer_where_it_is():
    weights = attention(torch.zeros(10, 1), torch.zeros(10, 1), torch.zeros(10, 1), future(10))[1]
    assert [float(weights[n, 0]) for n in (0, 1, 9)] == pytest.approx([1, 0.5, 0.1])


def test_what_it_has_learnt_of_the_others():
    task = TASKS["numbers"](random.Random(0))
    learnt = {bag(read) for read, _ in task.train}
    new = [written for read, written in task.test if bag(read) not in learnt]
    assert (len(task.train), len(task.test), len(new)) == (800, 200, 82)
    assert LESSON.says("of the 200 others 118 are anagrams of one of those (seed 0)")
    assert f"{82 / 200:.2f}" == "0.41"
    assert "402" in {written for _, written in task.test}
    assert "204" in {written for _, written in task.train}
    assert bag(in_words(402)) == bag(in_words(204))


def test_the_choices_of_the_bet_are_apart():
    ends = {
        case: LESSON.recorded("tr.pairs", case, "valid/exact")
        for case in ("reverse-blind", "numbers-blind", "sort-blind")
    }
    assert ends["reverse-blind"]["hi"][-1] < 0.05
    numbers = [ends["numbers-blind"][end][-1] for end in ("lo", "hi")]
    assert [f"{each:.2f}" for each in numbers] == ["0.32", "0.43"]
    assert LESSON.says("end at 0.32 to 0.43 (five seeds)")
    assert ends["sort-blind"]["lo"][-1] >= 0.9
