"""Every number that the lesson on speech states, worked out again."""

import itertools
import math

import pytest
import torch
from evidence import Lesson

from models import ctc, keypad, speech
from models.keypad import BANDS, HIGH, HOP, KEYS, LOW, RATE, WINDOW

pytestmark = pytest.mark.timeout(300)

LESSON = Lesson("day1/17-speech")


def spelled(path):
    return ctc.collapse([0 if symbol == "-" else ord(symbol) for symbol in path])


def chances(frames):
    """How likely each answer is, by all paths."""
    found = {}
    for path in itertools.product(range(len(frames[0])), repeat=len(frames)):
        answer = tuple(ctc.collapse(path))
        found[answer] = found.get(answer, 0.0) + math.prod(
            frame[symbol] for frame, symbol in zip(frames, path, strict=True)
        )
    return found


# --- sound --------------------------------------------------------------------------------------


def test_frames_and_keys():
    assert RATE == 4000
    assert (1000 * WINDOW / RATE, 1000 * HOP / RATE) == (32, 16)
    generator = torch.Generator().manual_seed(0)
    counts = {len(keypad.dialled(10.0, generator)[1]) for _ in range(200)}
    assert counts == {3, 4, 5, 6, 7}
    size = sum(each.numel() for each in ctc.Transcriber().parameters())
    assert round(size, -3) == 43_000
    assert len(KEYS) == 16


def test_the_pad_and_its_spectrogram():
    drawn = LESSON.figure("1633 Hz  ····")
    assert drawn[0].split() == [*(f"{hz:.0f}" for hz in HIGH), "Hz"]
    for row, (line, hz) in enumerate(zip(drawn[1:5], LOW, strict=True)):
        told = line.replace(" Hz", "").split()
        assert told == [f"{hz:.0f}", *KEYS[4 * row : 4 * row + 4]]
    parts = [torch.zeros(128)]
    for key in "4451":
        parts += [keypad.tone(KEYS.index(key), 240), torch.zeros(176)]
    loud = keypad.spectrogram(torch.cat(parts))
    for line, hz in zip(drawn[6:14], reversed(LOW + HIGH), strict=True):
        band = round(hz * WINDOW / RATE) - BANDS.start
        marks = "".join("█" if each > 1.8 else "·" for each in loud[:, band].tolist())
        assert line == f"{hz:7.0f} Hz  {marks}"
    assert drawn[14].split()[:4] == list("4451")


def test_the_key_of_the_question_has_these_two_tones():
    key = KEYS.index("6")
    assert (LOW[key // 4], HIGH[key % 4]) == (770, 1477)


# --- paths --------------------------------------------------------------------------------------


def test_a_path_spells_an_answer():
    drawn = LESSON.figure("repeats  -")
    path = drawn[0].split()[1:]
    assert len(path) == 13
    once = [now for now, _ in itertools.groupby(path)]
    assert drawn[1].split()[1:] == once
    answer = [symbol for symbol in once if symbol != "-"]
    assert drawn[2].split()[1:-2] == answer == list("4451")
    assert spelled(path) == [ord(each) for each in "4451"]
    assert drawn[2].endswith("answer: 4451")


def test_how_many_paths_an_answer_of_five_keys_has():
    # With two symbols or seventeen, equally likely, every path has the same chance.
    even = torch.full((32, 17), -math.log(17), dtype=torch.double)
    loss = float(ctc.ctc_loss(even, torch.tensor([1, 2, 3, 4, 5])))
    assert round(math.exp(32 * math.log(17) - loss)) == 348_330_136 == math.comb(37, 10)
    assert LESSON.says("348,330,136 paths through 32 frames")


def test_what_all_paths_together_say():
    even = torch.full((32, 17), -math.log(17), dtype=torch.double, requires_grad=True)
    ctc.ctc_loss(even, torch.tensor([1, 2, 3, 4, 5])).backward()
    shares = -even.grad.mean(0)
    assert float(shares.sum()) == pytest.approx(1)
    assert [f"{share:.2f}" for share in shares[:6].tolist()] == ["0.46", *["0.11"] * 5]
    assert LESSON.says("say blank in 46 of 100 frames, and each key in 11")


def test_how_many_paths_an_answer_of_one_key_has():
    for frames in (3, 4, 5, 6):
        paths = itertools.product((0, 1), repeat=frames)
        assert sum(ctc.collapse(path) == [1] for path in paths) == frames * (frames + 1) / 2


def test_two_frames():
    drawn = LESSON.figure("frame 1   frame 2")
    found = chances([[0.6, 0.4], [0.6, 0.4]])
    assert found == pytest.approx({(): 0.36, (1,): 0.64})
    for (first, second), line in zip(itertools.product("-4", repeat=2), drawn[2:6], strict=True):
        shares = [0.6 if each == "-" else 0.4 for each in (first, second)]
        told = line.split()
        assert told[:2] == [first, second]
        assert [float(told[2]), float(told[4])] == shares
        assert float(told[6]) == pytest.approx(math.prod(shares))


def test_the_keys_of_the_questions():
    assert spelled(["h", "h", "-", "e", "-", "l", "l", "-", "l", "o", "o", "-"]) == [
        ord(each) for each in "hello"
    ]
    for count in (2, 3, 4, 5):
        found = chances([[0.6, 0.4]] * count)
        assert 1 - found[()] == pytest.approx(1 - 0.6**count)


# --- the run ------------------------------------------------------------------------------------


def test_the_table_of_what_happened():
    for step, *told in LESSON.rows("| step | best path"):
        for case, share in zip(("best-path", "search"), told, strict=True):
            curve = LESSON.recorded("sp.listen", case, "valid/exact")
            assert round(100 * curve["mid"][curve["step"].index(int(step))]) == int(share[:-1])


def test_the_curves_of_the_bet_are_apart():
    ends = {
        name: LESSON.recorded("sp.listen", name, "valid/exact")
        for name in ("best-path", "search", "finished")
    }
    assert ends["best-path"]["hi"][-1] < 0.05
    assert ends["search"]["lo"][-1] > 0.7
    assert ends["search"]["hi"][-1] < ends["finished"]["lo"][-1]


@pytest.fixture(scope="module")
def silent():
    """The network of seed 2 after 100 of its 150 steps, its losses, and 100 clips."""
    run = ctc.train(ctc.Config(seed=2, steps=150, decibels=18.0))
    model = next(run).model
    losses = [float(next(run).scalars["train/loss"]) for _ in range(100)]
    clips = keypad.clips(100, 18.0, torch.Generator().manual_seed(10_002))
    return model, losses, clips


@pytest.mark.slow
def test_it_answers_nothing_and_knows_better(silent):
    model, losses, clips = silent
    assert f"{losses[0]:.1f}" == "13.9"
    assert 0.9 < losses[-1] < 1.15
    assert int(clips.lengths.sum()) == 3326
    assert not any(ctc.transcribe(model, clips))
    assert 0.1 < ctc.exact(model, clips, "prefix search") < 0.5
    with torch.no_grad():
        said = model(clips.frames)
    ratios = []
    for row, length, keys in zip(
        said, clips.lengths.tolist(), clips.keys.split(clips.counts.tolist()), strict=True
    ):
        truth = -float(ctc.ctc_loss(row[:length], keys + 1))
        ratios.append(truth - float(row[:length, ctc.BLANK].sum()))
    assert min(ratios) > 0
    assert 10 < math.exp(sorted(ratios)[50]) < 25


# --- the voice ----------------------------------------------------------------------------------


def test_how_long_people_hold_a_key():
    low, high = speech.SOUNDS
    lengths = [20 * frames for frames in range(low, high)]
    assert 1000 * speech.FRAME / speech.RATE == 20
    assert (lengths[0], lengths[-1], sum(lengths) / len(lengths)) == (120, 200, 160)
    variances = [
        (len(frames) ** 2 - 1) / 12 for frames in (range(*speech.SOUNDS), range(*speech.PAUSES))
    ]
    assert f"{sum(variances) / 2:.2f}" == "1.33"
    assert f"{20 * math.sqrt(variances[0]):.0f}" == "28"


@pytest.mark.slow
def test_a_voice_of_means_is_a_metronome_and_understood():
    for lengths, rhythm in (("mean", 0), ("drawn", 28)):
        run = speech.train(speech.Config(lengths=lengths))
        model = next(run).model
        *_, last = run
        assert last.scalars["test/understood"] >= 0.95
        assert last.scalars["test/rhythm"] == pytest.approx(rhythm, abs=8)
        keys = torch.arange(16).reshape(1, 16)
        spoken, _ = speech.spoken(model, keys, "mean", torch.Generator())
        assert spoken[0, :, 0].tolist().count(8.0) >= 12
