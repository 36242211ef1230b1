"""The program and its terminal's size."""

from textual.geometry import Size

from tutor.ui import terminal_app
from tutor.ui.terminal_app import TerminalApp


async def test_a_size_that_no_signal_told_of_is_noticed(monkeypatch):
    told = [Size(80, 24)]
    monkeypatch.setattr(terminal_app, "terminal_size", lambda: told[-1])
    app = TerminalApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.look_at_size()
        await pilot.pause()
        assert app.size == app.screen.size == Size(80, 24)
        told.append(Size(72, 20))
        app.look_at_size()
        await pilot.pause()
        assert app.size == app.screen.size == Size(72, 20)
        assert app.grid._size == (72, 20)
        told.append(None)
        app.look_at_size()
        await pilot.pause()
        assert app.size == Size(72, 20), "where there is no terminal, nothing is told"
