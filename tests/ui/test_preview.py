"""The preview shows what was saved, where one was, and what is wrong with it."""

from frames import frame

from tutor.session.beginning import new_course
from tutor.session.previewing import Previewing
from tutor.ui.preview import PreviewApp
from tutor.ui.screens.lesson import LessonScreen


async def test_a_save_is_shown_and_an_error_named(tmp_path, home):
    file = new_course(tmp_path / "c", "C")
    with Previewing.open(file) as previewing:
        app = PreviewApp(previewing)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert "Put a ball on the slope" in frame(app)
            text = file.read_text()
            file.write_text(text.replace("Put a ball", "Drop a ball"))
            await app.look()
            await pilot.pause()
            assert "Drop a ball on the slope" in frame(app)
            file.write_text(text.replace('id = "rd.bet"', 'idd = "rd.bet"'))
            await app.look()
            await pilot.pause()
            assert "lesson.md:" in frame(app)
            assert "idd" in frame(app)
            file.write_text(text)
            await app.look()
            await pilot.pause()
            assert "Put a ball on the slope" in frame(app)


async def test_a_look_at_a_lesson_that_was_put_up_this_moment_is_no_crash(tmp_path, home):
    with Previewing.open(new_course(tmp_path / "c", "C")) as previewing:
        app = PreviewApp(previewing)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            up = app.push_screen(LessonScreen(previewing.lesson))
            assert not app.screen.is_mounted
            await app.look()
            await up
            assert "Put a ball on the slope" in frame(app)
