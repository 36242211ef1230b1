"""The learner's own files."""

import pytest
from scripts import broken, checks_fail, checks_pass, hello

from tutor.core.errors import TutorError
from tutor.core.protocol import CheckResult, Finished


def code(tutor):
    return tutor.lesson("one").find("one.step")


def test_the_file_is_made_once_and_never_overwritten(scripted):
    tutor, _ = scripted
    path = tutor.coding.path(code(tutor))
    assert "your turn" in path.read_text()
    path.write_text("mine")
    assert tutor.coding.text(code(tutor)) == "mine"
    assert tutor.coding.path(code(tutor)).read_text() == "mine"


def test_where_makes_nothing(scripted, home):
    tutor, _ = scripted
    tutor.coding.where(code(tutor))
    assert not (home / "code").exists()


def test_a_reset_keeps_a_copy(scripted):
    tutor, _ = scripted
    tutor.coding.save(code(tutor), "precious")
    backup = tutor.coding.reset(code(tutor))
    assert backup.read_text() == "precious"
    assert "your turn" in tutor.coding.text(code(tutor))


def test_a_failed_save_leaves_the_old_text(scripted, monkeypatch):
    tutor, _ = scripted
    tutor.coding.save(code(tutor), "old")
    path = tutor.coding.path(code(tutor))

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_text", full)
    with pytest.raises(TutorError, match="No space left"):
        tutor.coding.save(code(tutor), "new")
    assert path.read_text() == "old"


async def test_a_pass_earns_all_points_and_opens_the_solution(scripted):
    tutor, worker = scripted
    worker.check = checks_pass
    with pytest.raises(TutorError, match="opens once"):
        tutor.coding.solution(code(tutor))
    report = await tutor.coding.check(code(tutor))
    assert report.verdict.passed
    assert report.verdict.points == 4
    assert "learning_rate * gradient" in tutor.coding.solution(code(tutor))


async def test_partial_credit_is_real(scripted):
    tutor, worker = scripted
    worker.check = checks_fail
    report = await tutor.coding.check(code(tutor))
    assert (report.verdict.points, report.verdict.passed) == (2, False)
    assert tutor.progress.blocks["one.step"].best == 2


@pytest.mark.parametrize(
    "script",
    [
        broken,
        lambda request: [hello()],
        lambda request: [
            hello(),
            Finished(reason="done", step=0, seconds=0, nonce=request.nonce, checks=0),
        ],
        lambda request: [
            hello(),
            CheckResult(name="x", passed=True, points=1),
            Finished(reason="done", step=0, seconds=0, nonce="guessed", checks=1),
        ],
        lambda request: [
            hello(),
            CheckResult(name="x", passed=True, points=1),
            Finished(reason="done", step=0, seconds=0, nonce=request.nonce, checks=2),
        ],
    ],
    ids=["raised", "vanished", "no checks", "forged", "a check is missing"],
)
async def test_without_a_genuine_record_nothing_is_earned(scripted, script):
    tutor, worker = scripted
    worker.check = script
    report = await tutor.coding.check(code(tutor))
    assert not report.verdict.passed
    assert report.verdict.points == 0


async def test_giving_up_opens_the_solution(scripted):
    tutor, _ = scripted
    tutor.coding.give_up(code(tutor))
    assert "weight - " in tutor.coding.solution(code(tutor))


def test_hints_come_one_by_one(scripted):
    tutor, _ = scripted
    assert tutor.coding.hint(code(tutor)) == "Which way is downhill?"
    assert tutor.coding.hint(code(tutor)) == "Against the gradient: subtract."
    assert tutor.coding.hint(code(tutor)) is None
    assert len(tutor.coding.hints(code(tutor))) == 2
