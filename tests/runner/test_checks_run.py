"""Checks of learners' files in real processes: only what really passed is a pass."""

import msgspec
import pytest
from tests_runner import check_request, only, outcome, write

from tutor.core.protocol import CheckResult, Failed, Finished
from tutor.runner.follow import Gone

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECK = """
from tutor.checks import check, close

@check("doubles", points=2)
def check_doubles(learner):
    close(learner.double(3.0), 6.0, what="double(3.0)")

@check("doubles nothing", hidden=True)
def check_zero(learner):
    close(learner.double(0.0), 0.0, what="double(0.0)")
"""

TENSORS = """
import torch
from tutor.checks import check, close

@check("doubles")
def check_doubles(learner):
    close(learner.double(torch.ones(2, 3)), torch.full((2, 3), 2.0), what="double(ones(2, 3))")
"""


async def test_a_right_solution_passes_with_the_nonce(worker, folder):
    request = check_request(folder, CHECK, "def double(x):\n    print('hello')\n    return 2 * x\n")
    events = await outcome(worker, folder)
    results = only(CheckResult, events)
    assert [(r.name, r.passed, r.points, r.hidden) for r in results] == [
        ("doubles", True, 2, False),
        ("doubles nothing", True, 1, True),
    ]
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.checks, end.nonce) == (2, request.nonce)
    assert "hello" in (folder / "log.txt").read_text()


async def test_a_wrong_one_is_told_what_was_expected(worker, folder):
    check_request(folder, CHECK, "def double(x):\n    return x\n")
    result, zero = only(CheckResult, await outcome(worker, folder))
    assert not result.passed
    assert "double(3.0)" in result.message
    assert (result.expected, result.actual) == ("6.0", "3.0")
    assert zero.passed


@pytest.mark.parametrize(
    "learner",
    [
        "class A:\n    def __eq__(self, other): return True\ndef double(x):\n    return A()\n",
        "class A(float):\n    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return 0.0\n    __rsub__ = __sub__\n"
        "def double(x):\n    return A(99.0)\n",
        "import sys\ndef double(x):\n    sys.exit(0)\n",
        "def double(x):\n    raise KeyboardInterrupt\n",
        "def double(x):\n    return undefined_name\n",
        "def double(x):\n    return None\n",
        "def double(x):\n    return float('nan')\n",
    ],
    ids=["equals all", "float that lies", "exit", "interrupt", "name", "nothing", "nan"],
)
async def test_it_never_passes_and_other_checks_still_run(worker, folder, learner):
    check_request(folder, CHECK, learner)
    events = await outcome(worker, folder)
    assert len(only(CheckResult, events)) == 2
    assert not any(result.passed for result in only(CheckResult, events))
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize(
    "learner",
    [
        "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True\n"
        "def double(x):\n    return x\n",
        "import torch\ntorch.Tensor.__eq__ = lambda *a: True\ndef double(x):\n    return x\n",
        "def double(x):\n    return 2 * x[0]\n",
    ],
    ids=["allclose", "tensor eq", "shape"],
)
async def test_what_the_file_does_to_torch_changes_no_verdict(worker, folder, learner):
    check_request(folder, TENSORS, learner)
    (result,) = only(CheckResult, await outcome(worker, folder))
    assert not result.passed


@pytest.mark.parametrize(
    ("learner", "words"),
    [
        ("import sys\nsys.exit(0)\n", "exit()"),
        ("def double(x)\n    return x\n", "line 1"),
        ("raise ValueError('too early')\n", "too early"),
    ],
    ids=["exit", "syntax", "raises"],
)
async def test_a_file_that_cannot_be_imported_fails_with_its_line(worker, folder, learner, words):
    check_request(folder, CHECK, learner)
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Failed)
    assert words in events[-1].title
    assert "line 1" in events[-1].trace or "line 2" in events[-1].trace
    assert not only(CheckResult, events)


async def test_a_check_file_without_checks_is_no_pass(worker, folder):
    check_request(folder, "from tutor.checks import check\n", "def double(x):\n    return 2 * x\n")
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Failed)
    assert "checks" in events[-1].title


@pytest.mark.parametrize(
    "where", ["import os\nos._exit(0)\n", "def double(x):\n    import os\n    os._exit(0)\n"]
)
async def test_leaving_without_a_word_is_no_pass(worker, folder, where):
    check_request(folder, CHECK, where)
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Gone)
    assert events[-1].code == 0
    assert not only(Finished, events)


async def test_a_file_saved_twice_in_a_second_is_read_anew(worker, tmp_path):
    verdicts = []
    for turn, factor in enumerate((2, 3, 2)):
        folder = tmp_path / str(turn)
        folder.mkdir()
        request = check_request(folder, CHECK, "")
        shared = tmp_path / "mine.py"
        shared.write_text(f"def double(x):\n    return {factor} * x\n")
        write(folder, msgspec.structs.replace(request, learner=str(shared)))
        verdicts.append(only(CheckResult, await outcome(worker, folder))[0].passed)
    assert verdicts == [True, False, True]


async def test_a_check_that_is_async_has_not_run(worker, folder):
    check = 'from tutor.checks import check\n@check("a")\nasync def a(learner):\n    assert False\n'
    check_request(folder, check, "")
    assert not any(r.passed for r in only(CheckResult, await outcome(worker, folder)))


@pytest.mark.parametrize(
    "learner",
    [
        "import importlib.util as u\ns = u.spec_from_file_location('s', SOLUTION)\n"
        "m = u.module_from_spec(s)\ns.loader.exec_module(m)\ndouble = m.double\n",
        "scope = {}\nexec(open(SOLUTION).read(), scope)\ndouble = scope['double']\n",
        "import os\nd = os.open(SOLUTION, os.O_RDONLY)\nscope = {}\n"
        "exec(os.read(d, 9999), scope)\ndouble = scope['double']\n",
        "import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(SOLUTION).parent))\n"
        "from answer import double\n",
    ],
    ids=["import", "open", "os.open", "path"],
)
async def test_a_solution_that_is_only_opened_does_not_pass(worker, folder, learner):
    solution = folder / "answer.py"
    right = "def double(x):\n    return 2 * x\n"
    request = check_request(folder, CHECK, right)
    solution.write_text(right)
    text = f"SOLUTION = {str(solution)!r}\n{learner}"
    (folder / "mine.py").write_text(text)
    write(folder, msgspec.structs.replace(request, solution=str(solution)))
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Failed)
    assert "opens the solution" in events[-1].title


async def test_warnings_and_prints_cost_nothing(worker, folder):
    noisy = (
        "import sys, warnings\nwarnings.warn('old')\nprint('hello')\n"
        "def double(x):\n    print('working', file=sys.stderr)\n"
        "    warnings.warn('again')\n    return 2 * x\n"
    )
    check_request(folder, CHECK, noisy)
    events = await outcome(worker, folder)
    assert all(result.passed for result in only(CheckResult, events))
    assert isinstance(events[-1], Finished)
    assert "working" in (folder / "log.txt").read_text()
