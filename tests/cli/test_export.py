"""Taking runs elsewhere by command: files, exit codes, and what is said where."""

import csv
import importlib.util
import json
import sys
from pathlib import Path

import pytest
from recorded import whole

from tutor.cli.export import export_runs
from tutor.session.tutor import Tutor

HERE = {name: importlib.util.find_spec(name) for name in ("tensorboard", "matplotlib", "wandb")}
assert export_runs, "importing it registers the command"


@pytest.fixture
def run(course, home):
    """A run that ended, with everything in it."""
    tutor = Tutor.open(course)
    name = whole(tutor)
    tutor.close()
    return name


def test_a_table_goes_to_standard_output_and_to_a_file_once(shell, run):
    code, told, said = shell("runs", "export", run, "--csv")
    assert (code, said) == (0, "")
    assert list(csv.reader(told.splitlines()))[1] == [run, "train/loss", "1", "4.0"]
    code, nothing, said = shell("runs", "export", run, "-o", "runs.csv")
    assert (code, nothing) == (0, "")
    assert Path("runs.csv").read_text() == told
    Path("runs.csv").write_text("mine")
    code, _, said = shell("runs", "export", run, "--csv", "-o", "runs.csv")
    assert code == 2
    assert "runs.csv is there already." in said
    assert Path("runs.csv").read_text() == "mine"
    assert shell("runs", "export", run, "-o", "runs.csv", "--force")[0] == 0
    assert Path("runs.csv").read_text() == told


def test_json_is_json(shell, run):
    code, told, _ = shell("runs", "export", run, "--json", "--series", "valid/loss")
    assert code == 0
    (found,) = json.loads(told)["runs"]
    assert found["run"] == run
    assert list(found["series"]) == ["valid/loss"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Nothing says what to write."),
        (("--csv", "--png"), "--csv and --png are two files."),
        (("-o", "chart.gif"), "chart.gif does not say what to write."),
        (("--online",), "--project and --online belong to --wandb."),
        (("--csv", "--series", "train/los"), "No series is called `train/los` here."),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(shell, run, words, says):
    code, told, said = shell("runs", "export", run, *words)
    assert (code, told) == (2, "")
    assert says in said


@pytest.mark.parametrize(
    ("extra", "package", "words"),
    [
        ("tensorboard", "tensorboard", ("--tensorboard", "tb")),
        ("wandb", "wandb", ("--wandb",)),
        ("plots", "matplotlib", ("--png",)),
        ("plots", "matplotlib", ("--pictures", "pictures")),
    ],
)
def test_without_the_extra_it_says_how_to_get_it(
    shell, run, extra, package, words, tmp_path, monkeypatch
):
    """Where the package is there, it is made to look as if it were not."""
    for name in [each for each in sys.modules if each.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    before = sorted(tmp_path.iterdir())
    code, told, said = shell("runs", "export", run, *words)
    assert (code, told) == (2, "")
    assert f"This needs {package}, which is not installed." in said
    assert f"pip install 'dlwalk-tutor[{extra}]'" in said
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(not HERE["matplotlib"], reason="the extra `plots` is not installed")
def test_a_chart_has_a_name_of_its_own(shell, run):
    code, _, said = shell("runs", "export", run, "--png")
    assert code == 0
    assert f"Written: {run}.png" in said
    assert Path(f"{run}.png").read_bytes()[:4] == b"\x89PNG"
    assert shell("runs", "export", run, "--pictures", "pictures")[0] == 0
    assert len(list(Path("pictures").iterdir())) == 5
