"""One warm worker for all tests here, and a folder to run in."""

import pytest
import pytest_asyncio

from tutor.runner.worker_process import Worker


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker(tmp_path_factory):
    worker = Worker(tmp_path_factory.mktemp("worker"))
    await worker.start()
    yield worker
    await worker.stop()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    return path
