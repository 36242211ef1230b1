"""The house rules: sizes, who imports what, and that importing does nothing else."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_LINES, FUNCTION_LINES, CLASS_METHODS, SCREEN_LINES = 400, 50, 25, 250
HEAVY = {"torch", "torchvision", "numpy", "pandas", "scipy", "sklearn", "sentencepiece"}
HEAVY |= {"matplotlib", "tensorboard", "wandb"}

SOURCES = sorted([*(ROOT / "tutor").rglob("*.py"), *(ROOT / "models").rglob("*.py")])
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "tutor").rglob("*.py")
    if path.name != "__main__.py"  # running, not importing, is what those are for
)
BELOW_UI = [
    name for name in MODULES if not name.startswith(("tutor.ui", "tutor.worker", "tutor.cli"))
]
WITHOUT_WORKER = [name for name in MODULES if not name.startswith("tutor.worker")]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- sizes ----------------------------------------------------------------------------------------


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


def function_lines(path: Path) -> dict[str, int]:
    return {
        f"{node.name}, line {node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def class_methods(path: Path) -> dict[str, int]:
    return {
        node.name: sum(isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef) for at in node.body)
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
    }


def test_modules_and_screens_are_short():
    over = []
    for path in SOURCES:
        most = SCREEN_LINES if path.parent.name == "screens" else MODULE_LINES
        lines = len(path.read_text("utf-8").splitlines())
        if lines > most:
            over.append(f"{name(path)}: {lines} lines of {most}")
    assert not over, "\n".join(over)


def test_functions_are_short():
    over = [
        f"{name(path)}: {function}: {lines} lines of {FUNCTION_LINES}"
        for path in SOURCES
        for function, lines in function_lines(path).items()
        if lines > FUNCTION_LINES
    ]
    assert not over, "\n".join(over)


def test_classes_have_few_methods():
    over = [
        f"{name(path)}: {found}: {methods} methods of {CLASS_METHODS}"
        for path in SOURCES
        for found, methods in class_methods(path).items()
        if methods > CLASS_METHODS
    ]
    assert not over, "\n".join(over)


def test_every_module_says_what_it_is():
    trees = {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}
    assert not [name(path) for path, tree in trees.items() if not ast.get_docstring(tree)]


_PASSED_OVER = re.compile(
    r"# (?:noqa(?P<rule>: \w+)?|type: ignore(?P<error>\[[\w-]+\])?)(?P<rest>.*)$"
)


def test_what_a_linter_passes_over_is_named_and_has_a_reason():
    bare = []
    for path in SOURCES:
        above = ""
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if found := _PASSED_OVER.search(line):
                # One reason does for lines that follow each other.
                told = above.strip().startswith("# ") or _PASSED_OVER.search(above)
                named = found["rule"] or found["error"]
                if not named or not (told or "# " in found["rest"]):
                    bare.append(f"{name(path)}:{number}: {line.strip()}")
            above = line
    assert not bare, "\n".join(bare)


# --- importing ------------------------------------------------------------------------------------

_IMPORTING = """
import importlib, json, sys, threading
before = set(sys.modules)
names = sys.argv[1:]
for name in names:
    importlib.import_module(name)
tops = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps({"tops": sorted(tops), "threads": threading.active_count()}))
"""


def imported(names: list[str], home: Path) -> dict:
    """The top-level packages that importing some modules brings into a clean interpreter."""
    environment = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    for variable in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        environment[variable] = str(home / variable.lower())
    environment["DLWALK_HOME"] = str(home / "walk")
    environment["TMPDIR"] = str(home)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORTING, *names],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert len(done.stdout.splitlines()) == 1, "importing prints nothing"
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """What every module but the worker's brings along, and the home that it was imported in."""
    home = tmp_path_factory.mktemp("home")
    return imported(WITHOUT_WORKER, home), home


def test_only_the_worker_brings_torch(everything):
    assert "tutor" in everything[0]["tops"]
    assert not HEAVY & set(everything[0]["tops"])


def test_importing_makes_nothing(everything):
    found, home = everything
    assert [str(path.relative_to(home)) for path in home.rglob("*")] == []
    assert found["threads"] == 1


def test_textual_lives_in_the_ui(tmp_path):
    tops = set(imported(BELOW_UI, tmp_path)["tops"])
    assert {"tutor", "msgspec"} <= tops
    assert not tops & {"textual", "models", *HEAVY}


def test_the_command_line_starts_without_the_screen(tmp_path):
    """`dlwalk-tutor --version` and every report answer at once, and over a slow link."""
    tops = set(imported(["tutor.cli.app"], tmp_path)["tops"])
    assert not tops & {"textual", *HEAVY}


# --- text -----------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """Every file of the project: what git follows, and in a copy without git what lies there."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    found = [ROOT / path for path in done.stdout.decode().split("\0") if path]
    if not found:
        found = [path for top in ("tutor", "models", "lessons") for path in (ROOT / top).rglob("*")]
    return [path for path in found if path.is_file()]


def text_of(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


# Written so that the rule does not find itself.
_MACHINE = re.compile(r"(?<![\w.~*])/(?:home/\w|root/|work/|Users/\w|tmp/)")
_REGISTRIES = ("pypi", "pythonhosted", "download.pytorch", "anaconda", "npmjs", "huggingface")
_REGISTRY = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, _REGISTRIES))})\.(?:org|com|co)\b|-index[-]url"
)


def test_no_file_names_a_machine_or_a_registry():
    files = tracked()
    assert len(files) > 100
    found = []
    for path in files:
        for number, line in enumerate((text_of(path) or "").splitlines(), 1):
            machine = _MACHINE.search(line)
            if machine and machine[0] == "/tmp/" and path.is_relative_to(ROOT / "tests"):
                machine = None
            if machine or _REGISTRY.search(line):
                found.append(f"{name(path)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_every_text_is_utf8_with_unix_line_ends():
    for path in tracked():
        raw = path.read_bytes()
        if path.suffix in {".py", ".md", ".toml", ".tcss", ".json", ".csv", ".txt", ".yml"}:
            assert text_of(path) is not None, f"{name(path)} is not UTF-8"
            assert b"\r" not in raw, f"{name(path)} has Windows line ends"
