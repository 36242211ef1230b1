"""The list of runs in columns: every line in its width, whatever a run holds."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tutor.core.browsing import Browsing
from tutor.core.ledger import Entry
from tutor.core.legend import BAD, LINE
from tutor.core.marks import Marks
from tutor.core.run_list import LEAD, Listing

RUN = Entry(
    run="20260101-sgd-race-0001",
    exercise="sgd.race",
    title="Ten epochs of digits",
    state="ended",
    outcome="passed",
    seed=7,
    knobs={"learning_rate": 0.1, "optimiser": "sgd"},
    turned=("learning_rate",),
    metrics={"train/loss": 0.25, "test/accuracy": 0.9178},
    result="test/accuracy",
    note="the best\nso far",
    tags=("keep",),
)
OTHER = replace(RUN, run="20260102-sgd-race-0002", knobs=RUN.knobs | {"learning_rate": 3.0})


def text(spans):
    return "".join(part for part, _ in spans)


def test_a_line_says_what_tells_the_run_from_others():
    listing = Listing([RUN, OTHER], 76, when=lambda _: "14:05")
    line = text(listing.line(RUN, 1, pinned=True))
    assert line.split() == [
        *("●", "*", "✓", "Ten", "epochs", "…", "lr", "0.1", "0.9178", "14:05"),
        *("7", "#keep", "the", "best", "so", "far"),
    ]
    head = text(listing.heading())
    for name, own in (("exercise", "Ten"), ("knobs", "lr"), ("note", "#keep")):
        assert head.index(name) == line.index(own)
    assert head.index("result") + 6 == line.index("0.9178") + 6
    assert "accuracy" in text(Listing([RUN], 76, metric="test/accuracy").heading())


def test_a_result_that_is_none_says_so():
    nan = replace(RUN, metrics={"test/accuracy": None}, outcome="failed")
    listing = Listing([nan], 76)
    assert ("     NaN  ", BAD) in listing.line(nan)
    unread = replace(RUN, metrics={})
    assert "–" in text(listing.line(unread))
    live = replace(RUN, state="live", outcome="open", steps=120)
    assert "at 120" in text(listing.line(live))
    assert "◐" in text(listing.line(live))


def test_where_there_is_little_room_the_knobs_of_one_exercise_tell_more_than_its_name():
    both = text(Listing([RUN, OTHER], 36).line(RUN))
    assert "lr 0.1" in both
    assert "digits" not in both
    lenet = replace(OTHER, exercise="lenet.train", title="LeNet-5")
    mixed = text(Listing([RUN, lenet], 36).line(RUN))
    assert "Ten epoch…  lr 0.1" in mixed


texts = st.text(max_size=15)
anything = st.builds(
    replace,
    st.sampled_from([RUN, OTHER]),
    title=texts,
    note=texts,
    device=st.sampled_from(["cpu", "cuda:0", "elsewhere"]),
    tags=st.lists(texts, max_size=3).map(tuple),
    outcome=st.sampled_from(["passed", "failed", "broken", "open", "stopped", "practice", ""]),
    knobs=st.dictionaries(texts, st.one_of(st.floats(), st.integers(), texts), max_size=3),
    seed=st.integers(0, 10**9),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(anything, min_size=1, max_size=3), st.integers(20, 160), st.booleans())
def test_every_line_has_the_same_width_whatever_it_holds(entries, width, mark):
    listing = Listing(entries, width, metric="train/loss")
    lines = [listing.heading(), *(listing.line(each, 2 if mark else None) for each in entries)]
    lengths = {len(text(line)) for line in lines}
    assert len(lengths) == 1
    assert lengths.pop() <= max(width + 2, LEAD + 10)
    for line in lines[1:]:
        assert not {unicodedata.category(char) for char in text(line)} & {"Cc", "Cf", "Cs"}
        assert (line[0][1] == LINE + 2) == mark


def test_browsing_keeps_to_what_is_there():
    browsing = Browsing(Marks())
    browsing.take([RUN, OTHER])
    browsing.marks.pin(RUN.run)
    browsing.find("learning_rate>1")
    assert [each.run for each in browsing.listed] == [OTHER.run]
    assert browsing.marked() == [RUN]  # marks are not bound to what is found
    assert browsing.state(0) == "1 of 1   learning_rate>1   s newest first"
    browsing.next_metric(OTHER)
    assert browsing.metric == "train/loss"
    browsing.next_metric(OTHER)
    browsing.next_metric(OTHER)
    assert browsing.metric == ""
    browsing.take([OTHER])
    assert (browsing.marked(), browsing.marks.pinned) == ([], "")
    browsing.remove(OTHER.run)
    assert browsing.state(0) == ""
    for order in ("result", "exercise", "steps", "newest"):
        browsing.next_order()
        assert browsing.order == order
