"""Reports: what they hold, how a changed one shows, a class of thirty, and running things again."""

import csv
import io
import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tutor.core.errors import TutorError
from tutor.core.facts import Answered, GaveUp, Placed, Reflected, Row
from tutor.core.transcript import (
    FORMAT,
    Head,
    chained,
    decode_transcript,
    encode_transcript,
    faults,
    seal,
    transcript,
)
from tutor.session.gradebook import canvas_csv, gradebook, moodle_csv, plain_csv
from tutor.session.signing import sign, signer
from tutor.session.sittings import Sitting
from tutor.session.transcripts import examine, make_transcript, run_again
from tutor.session.tutor import Tutor

HEAD = Head("c", "C", "1", "0", "Ada", 1.0)


# --- the chain ------------------------------------------------------------------------------------

facts = st.one_of(
    st.builds(Placed, lesson=st.text(max_size=5), block=st.integers(0, 9)),
    st.builds(Reflected, block=st.text(max_size=5), text=st.text(max_size=9)),
    st.builds(GaveUp, block=st.text(max_size=5)),
    st.builds(
        Answered,
        block=st.text(max_size=5),
        answer=st.one_of(st.integers(-5, 5), st.text(max_size=5)),
        seed=st.integers(0, 99),
        points=st.one_of(st.integers(0, 3), st.floats(0, 3)),
        maximum=st.just(3),
    ),
)
histories = st.lists(st.tuples(st.floats(0, 1e9), facts), min_size=1, max_size=6).map(
    lambda pairs: [Row(i, at, "c", fact) for i, (at, fact) in enumerate(pairs, 1)]
)


@given(histories)
def test_an_honest_report_has_no_faults_after_any_number_of_journeys(rows):
    report = transcript(HEAD, rows, (), ())
    for _ in range(2):
        assert faults(report) == []
        report = decode_transcript(encode_transcript(report))


@given(histories, st.data())
def test_any_line_changed_taken_out_or_doubled_shows(rows, data):
    report = transcript(HEAD, rows, (), ())
    index = data.draw(st.integers(0, len(rows) - 1))
    line = report.lines[index]
    how = data.draw(st.sampled_from(["time", "fact", "out", "twice", "swap"]))
    lines = list(report.lines)
    if how == "time":
        lines[index] = replace(line, at=line.at + 1.0)
    elif how == "fact":
        lines[index] = replace(line, fact=GaveUp("changed-to-this"))
    elif how == "out":
        del lines[index]
    elif how == "twice":
        lines.insert(index, line)
    else:
        lines[0], lines[-1] = lines[-1], lines[0]
        if len(lines) == 1:
            return
    assert faults(replace(report, lines=tuple(lines)))


def test_the_head_is_in_the_chain():
    report = transcript(HEAD, [Row(1, 1.0, "c", GaveUp("q"))], (), ())
    assert faults(replace(report, head=replace(HEAD, learner="Eve")))


# --- one learner ----------------------------------------------------------------------------------


def answer_well(tutor):
    question = tutor.lesson("one").find("one.q1")
    right = next(i for i, choice in enumerate(question.choice) if choice.correct)
    return tutor.quizzes.answer(question, right)


@pytest.fixture
def learner(scripted):
    tutor, worker = scripted
    tutor.introduce("Ada")
    answer_well(tutor)
    tutor.reflect("one.reflect", "it was cold")
    return tutor, worker


def test_reflections_stay_at_home_unless_asked(learner):
    tutor, _ = learner
    assert b"it was cold" not in encode_transcript(make_transcript(tutor))
    assert b"it was cold" in encode_transcript(make_transcript(tutor, with_notes=True))


async def test_the_code_of_the_best_check_goes_with_it(learner):
    tutor, _ = learner
    code = tutor.lesson("one").find("one.step")
    tutor.coding.save(code, "best = 1\n")
    await tutor.coding.check(code)
    tutor.coding.save(code, "changed after it passed\n")
    report = make_transcript(tutor)
    assert [work.text for work in report.work] == ["best = 1\n"]
    forged = replace(report, work=(replace(report.work[0], text="other"),))
    assert any("not the code that was checked" in words for words in faults(forged))


def written(tmp_path, report, name="report.json"):
    file = tmp_path / name
    file.write_bytes(encode_transcript(report))
    return file


def resealed(report, **changes):
    """A report that somebody changed and chained anew, as anybody can."""
    report = replace(report, **changes)
    rows = [Row(line.id, line.at, "", line.fact) for line in report.lines]
    lines = chained(report.head, rows)
    return replace(report, lines=lines, seal=seal(report.head, lines, report.lessons, report.work))


def test_an_honest_report_is_good(learner, tmp_path):
    tutor, _ = learner
    found = examine(written(tmp_path, make_transcript(tutor)), tutor)
    assert (found.state, found.problems) == ("good", ())


def test_scores_that_do_not_follow_show_even_when_chained_anew(learner, tmp_path):
    tutor, _ = learner
    report = make_transcript(tutor)
    raised = tuple(replace(each, points=each.maximum) for each in report.lessons)
    found = examine(written(tmp_path, resealed(report, lessons=raised)), tutor)
    assert found.state == "tampered"
    assert "claims" in found.problems[0]


def test_an_answer_that_earns_less_than_it_claims_shows(scripted, tmp_path):
    tutor, _ = scripted
    question = tutor.lesson("one").find("one.q1")
    wrong = next(i for i, choice in enumerate(question.choice) if not choice.correct)
    tutor.quizzes.answer(question, wrong)
    report = make_transcript(tutor)
    lines = tuple(
        replace(line, fact=replace(line.fact, points=line.fact.maximum))
        if isinstance(line.fact, Answered)
        else line
        for line in report.lines
    )
    found = examine(written(tmp_path, resealed(report, lines=lines)), tutor)
    assert found.state == "tampered"
    assert any("it earns 0" in words for words in found.problems)


@pytest.mark.parametrize("claim", [{"points": 1.0}, {"answer": 0, "seed": 1}])
def test_a_chapter_test_is_judged_again(scripted, tmp_path, claim):
    tutor, _ = scripted
    sitting = Sitting(tutor, tutor.course.chapters[0])
    for question in sitting.questions:
        if question.id == "one.q1":
            sitting.answer(question, 0)
    sitting.hand_in()
    report = make_transcript(tutor)
    assert examine(written(tmp_path, report), tutor).state == "good"
    fact = report.lines[-1].fact
    worse = replace(next(each for each in fact.questions if each.answer is None), **claim)
    forged = replace(report.lines[-1], fact=replace(fact, questions=(worse,)))
    found = examine(written(tmp_path, resealed(report, lines=(*report.lines[:-1], forged))), tutor)
    assert found.state == "tampered"
    assert "to it" in found.problems[0] or "it earns 0" in found.problems[0]


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[]", "damaged"),
        (b'{"format": 1}', "damaged"),
        (json.dumps({"format": FORMAT + 1}).encode(), "newer"),
    ],
)
def test_files_that_are_no_report_are_named(learner, tmp_path, data, state):
    file = tmp_path / "x.json"
    file.write_bytes(data)
    found = examine(file, learner[0])
    assert found.state == state
    assert found.problems


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_no_file_crashes_the_examiner(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("x") / "x.json"
    file.write_bytes(data)
    assert examine(file, None).state in ("damaged", "newer")


# --- signatures -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    path = tmp_path_factory.mktemp("keys") / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


def test_a_signature_holds_for_its_seal_alone(key, tmp_path):
    made = sign("a" * 64, key)
    assert "SHA256:" in signer("a" * 64, made)
    assert signer("b" * 64, made) is None
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ada@example.org {made.key}\n")
    assert signer("a" * 64, made, allowed) == "ada@example.org"
    allowed.write_text("ada@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther\n")
    assert signer("a" * 64, made, allowed) is None


def test_a_signed_report_cannot_be_chained_anew(learner, key, tmp_path):
    tutor, _ = learner
    report = make_transcript(tutor)
    report = replace(report, signature=sign(report.seal, key))
    good = examine(written(tmp_path, report), tutor)
    assert (good.state, "SHA256:" in good.signed_by) == ("good", True)
    forged = resealed(report, head=replace(report.head, learner="Eve"))
    assert examine(written(tmp_path, forged), tutor).state == "tampered"


def test_no_key_is_a_sentence(tmp_path):
    with pytest.raises(TutorError, match="no key pair"):
        sign("a", tmp_path / "none")


# --- a class --------------------------------------------------------------------------------------


def made_up_class(course, tmp_path):
    """Thirty reports: 24 honest, 3 tampered with, 1 copied, 1 newer, 1 damaged."""
    folder = tmp_path / "class"
    folder.mkdir()
    reports = []
    for number in range(25):
        tutor = Tutor.open(course, tmp_path / f"home-{number}")
        tutor.trust.grant()
        tutor.introduce(f"Learner {number:02d}")
        if number % 2:
            answer_well(tutor)
        tutor.record(GaveUp(block=f"mark-{number}"))
        reports.append(make_transcript(tutor))
        tutor.close()
    for number, report in enumerate(reports[:24]):
        written(folder, report, f"r{number:02d}.json")
    raised = tuple(replace(each, points=each.maximum, passed=True) for each in reports[24].lessons)
    written(folder, resealed(reports[24], lessons=raised), "r24.json")
    cut = replace(reports[1], lines=reports[1].lines[:-1], head=replace(HEAD, learner="Cut"))
    written(folder, cut, "r25.json")
    text = encode_transcript(reports[3]).replace(b'"mark-3"', b'"mark-9"')
    (folder / "r26.json").write_bytes(text)
    written(folder, replace(reports[5], head=replace(reports[5].head)), "r27.json")
    (folder / "r28.json").write_text(json.dumps({"format": FORMAT + 1}))
    (folder / "r29.json").write_bytes(encode_transcript(reports[7])[:300])
    return folder


def test_a_class_of_thirty_comes_out_right(course, home, tmp_path):
    folder = made_up_class(course, tmp_path)
    tutor = Tutor.open(course)
    book = gradebook(folder, tutor)
    states = {row.file: row.state for row in book.rows}
    assert len(states) == 30
    bad = {file: state for file, state in states.items() if state != "good"}
    assert bad == {
        "r24.json": "tampered",
        "r25.json": "tampered",
        "r26.json": "tampered",
        "r27.json": "duplicate",
        "r28.json": "newer",
        "r29.json": "damaged",
    }
    assert all(row.points == 0 for row in book.rows if row.state != "good")
    points = {row.learner: row.points for row in book.rows if row.state == "good"}
    assert points["Learner 01"] > 0
    assert points["Learner 02"] == 0
    rows = list(csv.DictReader(io.StringIO(plain_csv(book))))
    assert len(rows) == 30
    assert {row["State"] for row in rows} == {"good", "tampered", "duplicate", "newer", "damaged"}
    moodle = list(csv.DictReader(io.StringIO(moodle_csv(book))))
    assert len(moodle) == 24
    assert set(moodle[0]) >= {"Full name", "Feedback comments"}
    canvas = list(csv.reader(io.StringIO(canvas_csv(book))))
    assert canvas[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert canvas[1][0].strip() == "Points Possible"
    assert len(canvas) == 26


async def test_the_same_work_under_two_names_counts_for_none(scripted, tmp_path):
    tutor, _ = scripted
    tutor.introduce("Ada")
    await tutor.coding.check(tutor.lesson("one").find("one.step"))
    report = make_transcript(tutor)
    written(tmp_path, report, "a.json")
    written(tmp_path, resealed(report, head=replace(report.head, learner="Eve")), "e.json")
    book = gradebook(tmp_path, tutor)
    assert [row.state for row in book.rows] == ["duplicate", "duplicate"]


def test_a_name_cannot_be_a_formula(scripted, tmp_path):
    tutor, _ = scripted
    tutor.introduce('=HYPERLINK("http://x")')
    written(tmp_path, make_transcript(tutor), "a.json")
    text = plain_csv(gradebook(tmp_path, tutor))
    assert all(not cell.startswith("=") for row in csv.reader(io.StringIO(text)) for cell in row)


def test_an_empty_folder_is_a_sentence(scripted, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(TutorError, match="no report"):
        gradebook(empty, scripted[0])


# --- running it again -----------------------------------------------------------------------------


async def test_running_again_finds_what_a_chain_cannot(course, home, scripted, tmp_path):
    """A report that claims a pass for code that fails is consistent, and still found out."""
    tutor, _ = scripted
    tutor.introduce("Eve")
    code = tutor.lesson("one").find("one.step")
    await tutor.coding.check(code)  # the script lets anything pass
    live = await tutor.training.start(tutor.lesson("one").find("one.run"), {"learning_rate": 0.01})
    async for _ in live.events():
        pass
    report = make_transcript(tutor)
    assert examine(written(tmp_path, report), tutor).state == "good"
    teacher = Tutor.open(course, tmp_path / "teacher")
    teacher.trust.grant()
    try:
        again = await run_again(report, teacher)
    finally:
        await teacher.training.close()
        teacher.close()
    assert {each.what: each.agrees for each in again} == {"one.step": False, "one.run": False}
