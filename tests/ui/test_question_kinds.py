"""Every kind of question, answered by keys at 80x24 and shown legibly."""

import pytest
from frames import frame

from tutor.session.tutor import Tutor
from tutor.ui.app import TutorApp
from tutor.ui.screens.quiz import QuizScreen

LESSON = """---
format: 1
id: kinds
title: Every kind
minutes: 5
---
# Every kind

<details><summary>Order</summary>

```toml quiz
id = "k.order"
type = "order"
points = 3
prompt = "Put the loop into order."
items = ["zero the gradients", "forward", "backward", "step"]
why = "Gradients add up until they are zeroed."
```
</details>

<details><summary>Match</summary>

```toml quiz
id = "k.match"
type = "match"
points = 3
prompt = "What belongs to what?"
pairs = [["weights", "learned"], ["learning rate", "chosen"], ["pixels", "given"]]
why = "Hyper-parameters are chosen."
```
</details>

<details><summary>Blank</summary>

```toml quiz
id = "k.blank"
type = "blank"
points = 2
prompt = "Complete the update."
text = "w = w {{1}} lr * {{2}}"
why = "Against the gradient."
[accept]
1 = ["-"]
2 = ["grad", "w.grad"]
```
</details>

<details><summary>Shape</summary>

```toml quiz
id = "k.shape"
type = "shape"
prompt = "A batch of 32 after the layer?"
answer = "(32, 16, 13, 13)"
why = "One pixel less on each side."
```
</details>

<details><summary>Output</summary>

```toml quiz
id = "k.output"
type = "output"
prompt = "What does it print?"
snippet = "start/snippet.py"
accept = ["3"]
why = "One and two."
```
</details>
"""


@pytest.fixture
async def kinds(tmp_path, home):
    folder = tmp_path / "kinds"
    (folder / "start").mkdir(parents=True)
    (folder / "lesson.md").write_text(LESSON)
    (folder / "start" / "snippet.py").write_text("x = [1, 2]\nprint(sum(x))\n")
    tutor = Tutor.open(folder)
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = tutor.lesson("kinds")

        async def show(name):
            await app.push_screen(QuizScreen(lesson, lesson.find(name)))
            await pilot.pause()
            return tutor.quizzes.ask(lesson.find(name)).asked

        pilot.show = show
        yield pilot
    tutor.close()


async def test_an_order_is_carried_into_place(kinds):
    asked = await kinds.show("k.order")
    order = list(asked.order)
    for place in range(4):
        # Selection sort by hand: the cursor stands at `place`, each item is carried up to it.
        at = order.index(place)
        await kinds.press(
            *["down"] * (at - place), "space", *["up"] * (at - place), "space", "down"
        )
        order.insert(place, order.pop(at))
    await kinds.press("enter")
    await kinds.pause()
    screen = frame(kinds.app)
    assert "✓ Right." in screen
    assert "3 of 3 points" in screen
    assert screen.count("✓ here") == 4


async def test_an_order_left_half_right_earns_its_pairs(kinds):
    asked = await kinds.show("k.order")
    await kinds.press("space", "space", "enter")
    await kinds.pause()
    pairs = [(a, b) for i, a in enumerate(asked.order) for b in asked.order[i + 1 :]]
    share = sum(a < b for a, b in pairs) / len(pairs)
    record = kinds.app.tutor.progress.blocks["k.order"]
    assert record.best == pytest.approx(3 * share)
    assert "belongs at" in frame(kinds.app)


async def test_an_untouched_order_is_no_attempt(kinds):
    await kinds.show("k.order")
    await kinds.press("enter")
    assert "k.order" not in kinds.app.tutor.progress.blocks
    assert "first." in frame(kinds.app)


async def test_pairs_are_joined_by_letters(kinds):
    asked = await kinds.show("k.match")
    letters = ["abc"[asked.order.index(index)] for index in range(3)]
    await kinds.press(*letters, "enter")
    await kinds.pause()
    assert "✓ Right." in frame(kinds.app)


async def test_pairs_are_joined_by_arrows_and_a_wrong_one_is_named(kinds):
    asked = await kinds.show("k.match")
    for index in range(3):
        right = asked.order.index((index + 1) % 3)
        await kinds.press(*["right"] * (right + 1), "down")
    await kinds.press("enter")
    await kinds.pause()
    screen = frame(kinds.app)
    assert "✗ Not yet." in screen
    assert screen.count("✗ belongs to") == 3


async def test_an_open_pair_is_no_attempt(kinds):
    await kinds.show("k.match")
    await kinds.press("a", "enter")
    assert "Join every pair first." in frame(kinds.app)
    assert "k.match" not in kinds.app.tutor.progress.blocks


async def test_gaps_are_filled_one_after_the_other(kinds):
    await kinds.show("k.blank")
    assert "w = w [1]____ lr * [2]____" in frame(kinds.app)
    await kinds.press("-", "enter", *"grad", "enter")
    await kinds.pause()
    screen = frame(kinds.app)
    assert "2 of 2 points" in screen
    assert screen.count("✓ right") == 2


async def test_half_the_gaps_earn_half(kinds):
    await kinds.show("k.blank")
    await kinds.press("+", "down", *"w.grad", "enter")
    await kinds.pause()
    screen = frame(kinds.app)
    assert "1 of 2 points" in screen
    assert "✗ -" in screen


async def test_a_shape_is_typed_as_one_likes(kinds):
    await kinds.show("k.shape")
    await kinds.press(*"32 x 16 x 13 x 13", "enter")
    await kinds.pause()
    assert "✓ Right." in frame(kinds.app)


async def test_the_snippet_stands_with_its_question(kinds):
    await kinds.show("k.output")
    assert "print(sum(x))" in frame(kinds.app)
    await kinds.press("3", "enter")
    await kinds.pause()
    assert "✓ Right." in frame(kinds.app)


@pytest.mark.parametrize(
    ("name", "keys"),
    [("k.order", ["space", "down", "space"]), ("k.match", ["b"]), ("k.blank", ["-"])],
)
async def test_what_was_begun_is_there_again(kinds, name, keys):
    def shown():
        return {line.strip(" ›»") for line in frame(kinds.app).splitlines()}

    await kinds.show(name)
    await kinds.press(*keys)
    await kinds.pause()
    before = shown()
    await kinds.press("escape")
    await kinds.show(name)
    assert kinds.app.tutor.draft(name)
    assert shown() == before
