"""Bands over several runs of one case: what they hold at each step, and what a file may hold."""

import math
import statistics

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.reference import POINTS, Band, CaseRecord, Reference, band, decode_reference

finite = st.floats(-1e6, 1e6)


def rounded(value: float) -> float:
    return float(f"{value:.4g}")


def run_of(values):
    return list(enumerate(values, 1))


def test_a_band_is_the_least_the_median_and_the_greatest_at_each_step():
    found = band([run_of([3.0, 1.0]), run_of([2.0, 2.0]), run_of([9.0, 0.5])])
    assert found == Band(step=[1, 2], lo=[2.0, 0.5], mid=[3.0, 1.0], hi=[9.0, 2.0])


def test_one_run_is_its_own_band():
    found = band([run_of([3.0, 1.0])])
    assert found.lo == found.mid == found.hi == [3.0, 1.0]


def test_nothing_has_an_empty_band():
    assert band([]) == band([[], []]) == Band(step=[], lo=[], mid=[], hi=[])


def test_between_two_readings_the_earlier_one_counts():
    sparse = [(1, 5.0), (11, 4.0)]
    every = [(step, float(step)) for step in range(1, 12)]
    found = band([sparse, every])
    at = dict(zip(found.step, found.mid, strict=True))
    assert at[1] == 3.0
    assert at[7] == 6.0
    assert at[11] == 7.5


@pytest.mark.parametrize("end", [math.nan, math.inf, -math.inf])
def test_a_seed_that_blew_up_leaves_none_from_there_on(end):
    found = band([run_of([3.0, 2.0, 1.0]), run_of([3.0, end, end])])
    assert found.lo == found.mid == found.hi == [3.0, None, None]


def test_a_seed_that_ended_early_or_began_late_leaves_none_there():
    found = band([run_of([3.0, 2.0, 1.0]), [(2, 4.0)]])
    assert found.step == [1, 2, 3]
    assert found.lo == [None, 2.0, None]
    assert found.hi == [None, 4.0, None]


@given(
    st.lists(st.lists(finite, min_size=1, max_size=40), min_size=1, max_size=5), st.integers(2, 30)
)
def test_a_band_holds_what_it_was_made_of(values, points):
    found = band([run_of(each) for each in values], points)
    longest = max(map(len, values))
    assert len(found.step) == min(points, longest)
    assert (found.step[0], found.step[-1]) == (1, longest)
    assert all(a < b for a, b in zip(found.step, found.step[1:], strict=False))
    for step, lo, mid, hi in zip(found.step, found.lo, found.mid, found.hi, strict=True):
        here = [each[step - 1] for each in values if step <= len(each)]
        if len(here) < len(values):
            assert lo is mid is hi is None
        else:
            expected = [min(here), statistics.median(here), max(here)]
            assert [lo, mid, hi] == [rounded(value) for value in expected]


@given(st.lists(finite, min_size=1, max_size=300))
def test_a_band_is_bounded_and_goes_through_its_file(values):
    made = band([run_of(values), run_of([2 * value for value in values])])
    assert len(made.step) <= POINTS
    record = Reference(
        run="r",
        fingerprint="f",
        torch="2.6",
        device="cpu",
        cases={"c": CaseRecord(outcome="pass", seeds=2, series={"train/loss": made})},
    )
    assert decode_reference(msgspec.json.encode(record)) == record


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b'{"run": 1}', b"\xff", b'{"run": "r"'])
def test_a_damaged_file_is_refused(text):
    with pytest.raises(msgspec.DecodeError):
        decode_reference(text)
