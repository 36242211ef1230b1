"""The small curves that a bet is made on."""

from tutor.ui.screens.bet import sparklines


def test_curves_share_one_scale():
    falling, flat = sparklines([[8.0, 4.0, 0.0], [4.0, 4.0, 4.0]], log=False)
    assert falling == "█▅▁"
    assert flat == "▅▅▅"


def test_curves_far_above_zero_are_told_apart():
    assert sparklines([[0.7, 1.0], [0.7, 0.7]], log=False) == ["▁█", "▁▁"]
    assert sparklines([[0.4, 1.0]], log=False) == ["▄█"], "less than half would be empty"


def test_a_logarithmic_scale_and_what_cannot_stand_on_it():
    assert sparklines([[100.0, 1.0, 0.01, 0.0, None]], log=True) == ["█▅▁▁×"]


def test_nothing_recorded_draws_nothing():
    assert sparklines([[], []], log=True) == ["", ""]


def test_long_curves_are_thinned_to_the_width():
    (row,) = sparklines([[float(i) for i in range(500)]], log=False, width=20)
    assert len(row) == 20
    assert (row[0], row[-1]) == ("▁", "█")
