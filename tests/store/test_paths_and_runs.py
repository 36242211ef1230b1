"""Where things live, and run folders."""

from pathlib import Path

import pytest

from tutor.core.errors import TutorError
from tutor.core.protocol import Request
from tutor.store.paths import places
from tutor.store.runs import keep_learner, new_run_folder, read_request, run_folders, write_request


def request(**rest):
    return Request(
        run="", course="c", exercise="a.b", entry="models.x:train", nonce="n", created=1.0, **rest
    )


def test_asking_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("DLWALK_HOME", str(tmp_path / "walk"))
    where = places()
    assert where.data == tmp_path / "walk"
    assert where.code == tmp_path / "walk/code"
    assert where.database.parent == where.copies.parent == where.runs.parent == where.data
    assert places(tmp_path / "given").data == tmp_path / "given", "what is given goes first"
    assert not list(tmp_path.iterdir())


def test_the_system_says_where_unless_told(tmp_path, monkeypatch):
    monkeypatch.delenv("DLWALK_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    where = places()
    assert where.code == tmp_path / "dlwalk-code"
    assert where.data.is_relative_to(tmp_path)
    assert where.data.name == "dlwalk-tutor"
    monkeypatch.setenv("DLWALK_HOME", "relative")
    assert places().data == Path.cwd() / "relative"


def test_run_folders_sort_by_time_and_none_is_twice(where):
    made = [new_run_folder(where, "Weather.First/../x") for _ in range(50)]
    for folder in made:
        assert folder.parent == where.runs, "an exercise's name leads nowhere else"
        write_request(folder, request())
    assert len({folder.name for folder in made}) == 50
    found = run_folders(where)
    assert set(found) == set(made)
    assert found == sorted(found, reverse=True)
    first, last = made[0].name[:18], made[-1].name[:18]
    assert first <= last
    assert found[-1].name[:18] == first


def test_a_request_is_whole_or_not_there(where):
    folder = new_run_folder(where, "a")
    assert read_request(folder) is None
    written = write_request(folder, request(knobs={"lr": 0.1, "on": True}))
    assert written.run == folder.name
    assert read_request(folder) == written
    assert [path.name for path in folder.iterdir()] == ["request.json"]


def test_what_is_no_run_is_left_out(where):
    assert run_folders(where) == []
    whole = new_run_folder(where, "a")
    write_request(whole, request())
    (where.runs / "9999-empty").mkdir()
    (where.runs / "9999-file").write_text("x")
    assert run_folders(where) == [whole]
    damaged = new_run_folder(where, "b")
    (damaged / "request.json").write_bytes(b'{"kind": "run", "ru')
    assert read_request(damaged) is None


def test_no_folder_can_be_made(where):
    where.data.write_text("in the way")
    with pytest.raises(TutorError, match="folder"):
        new_run_folder(where, "a")
    assert run_folders(where) == []


def test_a_run_that_cannot_take_the_file_leaves_no_folder(tmp_path):
    where = places(tmp_path / "walk")
    with pytest.raises(TutorError, match="cannot be taken into the run"):
        keep_learner(new_run_folder(where, "a.b"), tmp_path / "gone.py")
    assert not list(where.runs.iterdir())
