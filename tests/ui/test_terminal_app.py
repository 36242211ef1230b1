"""The program and its terminal's size."""

import os
import sys

import pytest
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


@pytest.mark.parametrize(
    ("columns", "rows", "size"), [(90, 30, Size(90, 30)), (0, 0, None), (80, 0, None)]
)
def test_a_terminal_that_does_not_know_its_size_tells_none(monkeypatch, columns, rows, size):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "10")
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((columns, rows)))
    monkeypatch.setattr(sys, "__stdout__", None)
    assert terminal_app.terminal_size() == size


def test_where_there_is_no_terminal_there_is_no_size(monkeypatch, tmp_path):
    with (tmp_path / "file").open("w") as file:
        monkeypatch.setattr(sys, "__stdout__", file)
        assert terminal_app.terminal_size() is None
