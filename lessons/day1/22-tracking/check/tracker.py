import tempfile
from pathlib import Path

from tutor.checks import check, equal, for_any


def fresh(learner):
    folder = tempfile.mkdtemp()
    path = Path(folder, "runs.jsonl")
    return learner.Tracker(path), path


@check("settings are kept", points=1)
def settings(learner):
    tracker, path = fresh(learner)
    tracker.begin("a", rate=0.1, seed=1)
    tracker.begin("b", rate=0.3, seed=1)
    wanted = {"a": {"rate": 0.1, "seed": 1}, "b": {"rate": 0.3, "seed": 1}}
    equal(tracker.runs(), wanted, what="the runs and their settings")
    equal(learner.Tracker(path).runs(), wanted, what="the same, by a tracker that was opened later")


@check("the best by its last value", points=2)
def best(learner):
    tracker, _ = fresh(learner)
    for run, values in (("a", (0.5, 0.99, 0.7)), ("b", (0.2, 0.6, 0.8))):
        tracker.begin(run)
        for step, value in enumerate(values):
            tracker.log(run, step, accuracy=value)
    equal(tracker.best("accuracy"), "b", what="best('accuracy'): a ends at 0.7, b at 0.8")


@check("less may be better", points=1)
def least(learner):
    tracker, _ = fresh(learner)
    for run, loss in (("a", 0.4), ("b", 0.2), ("c", 0.9)):
        tracker.begin(run)
        tracker.log(run, 1, loss=loss)
    equal(tracker.best("loss", largest=False), "b", what="best('loss', largest=False)")
    equal(tracker.best("no such series"), None, what="best of a series that nobody logged")


@check("runs side by side", points=1)
def mixed(learner):
    tracker, _ = fresh(learner)
    tracker.begin("a")
    tracker.begin("b")
    tracker.log("b", 1, accuracy=0.9)
    tracker.log("a", 1, accuracy=0.1)
    equal(tracker.best("accuracy"), "b", what="two runs that write by turns")


@check("the earlier of equals", points=1)
def equals(learner):
    tracker, _ = fresh(learner)
    for run in "abc":
        tracker.begin(run)
        tracker.log(run, 1, accuracy=0.5)
    equal(tracker.best("accuracy"), "a", what="three runs that end alike")


@check("half a line at the end", points=2)
def half(learner):
    tracker, path = fresh(learner)
    tracker.begin("a", rate=0.1)
    tracker.log("a", 1, accuracy=0.5)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"run": "a", "step": 2, "val')
    equal(tracker.runs(), {"a": {"rate": 0.1}}, what="the runs of a file that breaks off")
    equal(tracker.best("accuracy"), "a", what="the best run of a file that breaks off")


@check("any runs in any order", points=1, hidden=True)
def any_runs(learner):
    def body(case):
        tracker, _ = fresh(learner)
        last = {}
        for run in sorted({run for run, _ in case}):
            tracker.begin(f"r{run}")
        for step, (run, value) in enumerate(case):
            tracker.log(f"r{run}", step, score=value)
            last[f"r{run}"] = value
        wanted = max(sorted(last), key=last.get) if last else None
        equal(tracker.best("score"), wanted, what=f"best of {case}")

    for_any(lambda rng, size: [(rng.randint(0, 3), rng.randint(0, 9)) for _ in range(size)], body)
