"""Every command in a process of its own: output, exit codes, and what is said where."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FIXTURE = Path(__file__).parent.parent / "fixtures" / "course"
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def dlwalk(tmp_path):
    """Run a command on a copy of the small course."""
    course = Path(shutil.copytree(FIXTURE, tmp_path / "course"))

    def run(*words, stdin="", trust=True, **environment):
        options = ["--course", str(course), *(["--trust"] if trust else [])]
        return subprocess.run(
            [sys.executable, "-P", "-m", "tutor", *options, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env={
                **os.environ,
                "DLWALK_HOME": str(tmp_path / "home"),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                **environment,
            },
        )

    return run


def test_without_a_terminal_it_says_so_and_what_to_do(dlwalk):
    done = dlwalk()
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert "dlwalk-tutor lessons" in done.stderr
    assert done.stdout == ""


def test_version_and_help(dlwalk):
    assert dlwalk("--version").stdout.startswith("dlwalk-tutor 0.")
    assert "train" in dlwalk("--help").stdout


def test_lessons_and_a_lesson_as_text(dlwalk):
    assert "Rolling downhill" in dlwalk("lessons").stdout
    text = dlwalk("read", "one", "--width", "60").stdout
    assert "A ball rolls down a bowl." in text
    assert "w ← w − ηg" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "[run one.run] A ball in a bowl" in text
    rows = json.loads(dlwalk("lessons", "--json").stdout)
    assert [row["lesson"] for row in rows] == ["one", "two"]


def test_words_of_the_course_are_looked_up(dlwalk):
    every = dlwalk("glossary").stdout
    assert every.index("step (update, η)") < every.index("words")
    one = dlwalk("glossary", "UPD")
    assert one.returncode == 0
    assert one.stdout.splitlines() == [
        "step (update, η)",
        "    One move down the slope: w ← w − ηg.",
        "    Rolling downhill",
    ]
    assert json.loads(dlwalk("glossary", "words", "--json").stdout)["lesson"] == "two"
    assert [each["term"] for each in json.loads(dlwalk("glossary", "--json").stdout)] == [
        "step",
        "words",
    ]
    unknown = dlwalk("glossary", "stepp")
    assert unknown.returncode == 2
    assert "There is no term `stepp`." in unknown.stderr
    assert "step" in unknown.stderr.splitlines()[1]


def test_an_unknown_lesson_is_a_sentence_with_a_way_out(dlwalk):
    done = dlwalk("read", "onne")
    assert done.returncode == 2
    assert "There is no lesson `onne`." in done.stderr
    assert "Traceback" not in done.stderr


def test_train_exits_with_the_verdict(dlwalk):
    passed = dlwalk("train", "one.run", "--set", "learning_rate=0.5", "--seed", "1")
    assert passed.returncode == 0, passed.stderr
    failed = dlwalk("train", "one.run", "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["passed"] is False
    assert "Try a learning rate" in failed.stderr
    refused = dlwalk("train", "one.run", "--set", "learning_rate=99")
    assert refused.returncode == 2
    assert "learning_rate" in refused.stderr
    runs = dlwalk("runs")
    assert "passed" in runs.stdout
    assert "failed" in runs.stdout


def test_submit_checks_a_file(dlwalk, tmp_path):
    wrong = dlwalk("submit", "one.step", str(FIXTURE / "one/wrong/uphill.py"))
    assert wrong.returncode == 1
    assert "✗ moves downhill" in wrong.stderr
    assert "expected 0.5" in wrong.stderr
    mine = tmp_path / "home" / "code" / "fixture" / "one" / "step.py"
    mine.parent.mkdir(parents=True)
    mine.write_text((FIXTURE / "one/solution/step.py").read_text())
    assert dlwalk("submit", "one.step").returncode == 0, "without a file it is one's own"


def test_a_quiz_over_a_pipe(dlwalk):
    answers = "\n".join(["1", "1 2", "0,5", "-1", "learning rate"]) + "\n"
    done = dlwalk("quiz", "one", stdin=answers)
    assert "Write the decimal with a point: 0.5." in done.stdout
    assert "4 of 5 points" in done.stdout
    progress = json.loads(dlwalk("progress", "--json").stdout)
    assert progress["lessons"][0]["points"] == 4


def test_a_course_from_elsewhere_runs_nothing_untrusted(dlwalk):
    done = dlwalk("train", "one.run", trust=False)
    assert done.returncode == 2
    assert "one/bowl.py" in done.stderr
    assert dlwalk("read", "one", trust=False).returncode == 0
    assert dlwalk("check", trust=False).returncode == 0, "linting runs nothing"
    proving = dlwalk("check", "--run", trust=False)
    assert proving.returncode == 2
    assert "--trust" in proving.stderr


def test_check_is_clean_and_proves_every_case(dlwalk, tmp_path):
    done = dlwalk("check", str(tmp_path / "course"), "--run", "--seeds", "1")
    assert "0 errors" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_check_names_file_and_line(dlwalk, tmp_path):
    lesson = tmp_path / "course" / "one" / "lesson.md"
    lesson.write_text(lesson.read_text().replace('outcome = "pass"', 'outcome = "maybe"'))
    done = dlwalk("check", str(tmp_path / "course"))
    assert done.returncode == 1
    assert "one/lesson.md:" in done.stdout


def test_a_broken_case_is_found(dlwalk, tmp_path):
    lesson = tmp_path / "course" / "one" / "lesson.md"
    lesson.write_text(lesson.read_text().replace("learning_rate = 0.5 }", "learning_rate = 0.02 }"))
    done = dlwalk("check", str(tmp_path / "course"), "--run", "--seeds", "1")
    assert done.returncode == 1
    assert "one.run right seed 0" in done.stdout


def test_doctor_has_a_verdict_for_everything(dlwalk):
    findings = json.loads(dlwalk("doctor", "--json").stdout)
    what = {finding["what"] for finding in findings}
    assert {"torch", "device", "terminal", "colours", "glyphs", "progress"} <= what
    assert all(finding["remedy"] for finding in findings if finding["level"] != "ok")


def test_only_what_changed_since_it_was_stamped_is_run(dlwalk, tmp_path):
    course = str(tmp_path / "course")
    first = dlwalk("check", course, "--run", "--stamp", "--only", "two")
    assert first.returncode == 0, first.stderr
    assert len((tmp_path / "course/two/reference/proved.txt").read_text()) == 65
    second = dlwalk("check", course, "--run", "--only", "two", "--share", "9")
    assert "Changed since they were proved: none." in second.stderr
    assert second.returncode == 0
    (tmp_path / "course" / "two" / "new.py").write_text("")
    third = dlwalk("check", course, "--run", "--only", "two", "--share", "9")
    assert "Runs 1 of 1 lessons." in third.stderr
    assert "Changed since they were proved: two." in third.stderr


def test_options_that_mean_nothing_together_are_refused(dlwalk):
    alone = dlwalk("check", "--share", "10")
    assert alone.returncode == 2
    assert "Add --run." in alone.stderr
    few = dlwalk("check", "--run", "--stamp", "--seeds", "1")
    assert few.returncode == 2
    assert "3 seeds at least" in few.stderr
    elsewhere = dlwalk("check", "--run", "--stamp", "--device", "cuda")
    assert elsewhere.returncode == 2
    assert "Leave --device away." in elsewhere.stderr
