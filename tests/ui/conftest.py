"""A program on the fixture course, past its welcome."""

from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from tutor.ui.app import TutorApp


@pytest.fixture
def app(scripted):
    """The program with a scripted worker, as on a second start."""
    tutor, _ = scripted
    tutor.set_setting("welcomed", "1")
    return TutorApp(tutor)


@pytest.fixture
async def pilot(app) -> AsyncIterator[Pilot]:
    """The running program at 100 by 30."""
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        yield pilot
