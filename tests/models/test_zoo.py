"""The zoo as a whole: every file is on its map, and every exercise can be run from its name."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import models
from models.reading import Config

FOLDER = Path(models.__file__).parent
FILES = sorted(
    path
    for path in [*FOLDER.glob("*.py"), *(FOLDER / "contest").glob("*.py")]
    if path != FOLDER / "__init__.py"
)
TRAINS = [
    ".".join(path.relative_to(FOLDER).with_suffix("").parts)
    for path in FILES
    if "\ndef train(config: Config" in path.read_text("utf-8")
]


def test_the_map_shows_every_file_once():
    lines = (FOLDER / "README.md").read_text("utf-8").split("\n")
    shown = [line.split("](")[1].split(")")[0] for line in lines if line.startswith("| [")]
    assert sorted(shown) == sorted(str(path.relative_to(FOLDER)) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_says_what_it_is_and_where_that_comes_from(path):
    words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    own = {"reading", "resuming", "parallel", "words", "games", "boards", "distort", "clinic"}
    own |= {"classifying", "judge", "learner"}
    assert len(words.split("\n")[0]) < 100
    own |= {"writers", "manual", "weather"} if path.parent.name == "contest" else set()
    assert path.stem in own or "ource" in words or "from the digits" in words, path.stem


@pytest.mark.parametrize("name", TRAINS)
def test_an_exercise_has_knobs_and_can_be_run_alone(name):
    exercise = import_module(f"models.{name}")
    assert issubclass(exercise.Config, Config)
    assert exercise.Config().seed == Config().seed or name == "judge"
    assert 'if __name__ == "__main__":' in Path(exercise.__file__).read_text("utf-8")
