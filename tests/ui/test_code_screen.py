"""Writing code on the screen."""

import pytest
from frames import footer, frame
from msgspec.structs import replace
from scripts import checks_fail, checks_pass
from textual.widgets import TextArea

from tutor.ui.screens.code import CodeScreen
from tutor.ui.widgets.file_editor import FileEditor


@pytest.fixture
async def desk(pilot):
    code = pilot.app.tutor.lesson("one").find("one.step")
    await pilot.app.push_screen(CodeScreen(code))
    await pilot.pause()
    return pilot


def path(desk):
    return desk.app.tutor.coding.path(desk.app.tutor.lesson("one").find("one.step"))


async def check(desk):
    await desk.press("ctrl+s")
    await desk.app.workers.wait_for_complete()
    await desk.pause()
    return frame(desk.app)


async def test_the_starter_opens_in_the_editor(desk):
    screen = frame(desk.app)
    assert "def step(weight, gradient, learning_rate):" in screen
    assert "4 points" in screen


async def test_a_failing_check_shows_expected_and_got(desk, scripted):
    scripted[1].check = checks_fail
    screen = await check(desk)
    assert "✗ moves downhill" in screen
    assert "expected  0.5" in screen
    assert "got       1.5" in screen
    assert "any numbers (hidden)" in screen
    assert "2 of 4 points" in screen


async def test_a_pass_saves_what_was_typed(desk, scripted):
    scripted[1].check = checks_pass
    desk.app.screen.query_one(TextArea).text = "def step(w, g, lr):\n    return w - lr * g\n"
    assert "✓ Passed." in await check(desk)
    assert "w - lr * g" in path(desk).read_text()


async def test_what_another_editor_saves_is_taken_in_and_checked(desk, scripted):
    path(desk).write_text("# from vim\n")
    desk.app.screen.query_one(FileEditor).look()
    await desk.app.workers.wait_for_complete()
    await desk.pause()
    assert "# from vim" in frame(desk.app)
    assert len(scripted[1].requests) == 1


async def test_both_changed_asks_and_loses_nothing(desk):
    editor = desk.app.screen.query_one(TextArea)
    editor.text = "# typed here\n"
    path(desk).write_text("# from vim\n")
    desk.app.screen.query_one(FileEditor).look()
    await desk.pause()
    assert "The file changed outside" in frame(desk.app)
    await desk.press("n")
    await desk.pause()
    assert editor.text == "# typed here\n"
    assert path(desk).read_text() == "# from vim\n"


async def test_the_solution_asks_for_a_give_up(desk):
    await desk.press("f2")
    await desk.pause()
    assert "Give up on this exercise?" in frame(desk.app)
    await desk.press("y")
    await desk.pause()
    assert "return weight - learning_rate * gradient" in frame(desk.app)


async def test_a_reset_asks_and_keeps_a_copy(desk):
    desk.app.screen.query_one(TextArea).text = "# precious\n"
    await desk.press("f8")
    await desk.pause()
    await desk.press("y")
    await desk.pause()
    assert "your turn" in frame(desk.app)
    copies = list(path(desk).parent.glob("*.bak"))
    assert [copy.read_text() for copy in copies] == ["# precious\n"]


async def test_leaving_saves(desk):
    desk.app.screen.query_one(TextArea).text = "# kept\n"
    await desk.press("escape")
    await desk.pause()
    assert path(desk).read_text() == "# kept\n"


async def test_hints_open_one_by_one(desk):
    await desk.press("f1")
    await desk.pause()
    assert "Hint 1 of 2: Which way is downhill?" in frame(desk.app)


def many_fail(request):
    """The first check is passed; many others are not."""
    hello, off, on, finished = checks_fail(request)
    others = [replace(off, name=f"check {i}", points=0) for i in range(9)]
    return [hello, on, off, *others, replace(finished, checks=11)]


async def test_what_is_left_to_do_stands_first_and_the_rest_is_a_key_away(desk, scripted):
    screen = await check(desk)
    assert "f6 More" not in screen
    scripted[1].check = many_fail
    screen = await check(desk)
    assert "✗ moves downhill" in screen
    assert "✓ any numbers" not in screen
    await footer(desk, "f6 More")
    for _ in range(6):
        if "✓ any numbers" in screen:
            break
        await desk.press("f6")
        await desk.pause()
        screen = frame(desk.app)
    assert "✓ any numbers" in screen
    await desk.press("f6")
    await desk.pause()
    assert "✗ moves downhill" in frame(desk.app)
