"""Driving, recommending, forecasting, and tones: heard and spoken."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from models import ctc, driving, forecast, keypad, recommender, road, speech
from models.keypad import KEYS


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# --- driving ------------------------------------------------------------------------------------


def test_the_expert_stays_on_every_track():
    for seed in (*driving.TRAINED_ON, *driving.TESTED_ON):
        car = road.Car(road.track(seed))
        assert all(car.step(car.expert()) for _ in range(driving.LAP))


def test_errors_have_their_signs():
    car = road.Car(road.track(1))
    assert car.error()[0] == pytest.approx(0, abs=1e-5)
    car.reset(aside=1.0)
    assert car.error()[0] == pytest.approx(1, abs=0.05)
    car.reset(askew=0.3)
    assert car.error()[1] == pytest.approx(-0.3, abs=0.1)
    car.reset(aside=2.0, askew=0.5)
    assert car.expert() == -1.0


def test_the_view_shows_the_road_where_it_is():
    car = road.Car(road.track(1))
    ahead = car.view()
    assert ahead.shape == road.VIEW
    assert ahead[0].tolist() == ahead[0].flip(0).tolist()
    car.reset(aside=2.0)
    # Columns run from right to left: from the left edge, the road is on the right.
    assert car.view()[:, :8].sum() > car.view()[:, 8:].sum()


def test_dagger_lets_the_copy_drive_and_the_expert_answer():
    seen, wanted = driving.collect(road.track(100), lambda view: 1.0, 0.0, generator())
    assert len(seen) == len(wanted) == driving.ROUND
    # Who drives hard left is told to go right.
    assert (wanted < 0).float().mean() > 0.5


def test_driving_keeps_old_data_and_is_judged_on_unknown_tracks(monkeypatch):
    monkeypatch.setattr(driving, "ROUND", 40)
    monkeypatch.setattr(driving, "LAP", 10)
    start, *rest = driving.train(driving.Config(rounds=1, epochs=1))
    assert start.total_steps == len(rest) == 1 + 2
    assert rest[-1].scalars["test/tracks"] in (0.0, 1.0, 2.0, 3.0)
    assert [item.step for item in rest if "valid/steps" in item.scalars] == [1, 3]
    _, *rest = driving.train(driving.Config(epochs=7))
    assert [item.step for item in rest if "valid/steps" in item.scalars] == [3, 6, 7]


def test_the_expert_is_never_off_her_own_way():
    middle = road.track(1)
    car = road.Car(middle)

    def herself(view):
        return car.expert()

    class Follows(driving.Car):
        """Keeps the car that answers where the car is that drives."""

        def step(self, steer):
            on = super().step(steer)
            car.position, car.heading = self.position, self.heading
            return on

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driving, "Car", Follows)
        driven = driving.drive(middle, herself)
    assert (driven.steps, driven.off) == (driving.LAP, 0.0)
    assert driven.way.shape == (driving.LAP, 2)


def test_who_goes_straight_is_as_far_off_as_the_expert_steers():
    examiner = driving.Examiner()
    still = torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(still.weight)
    torch.nn.init.zeros_(still.bias)
    straight = torch.nn.Sequential(torch.nn.Flatten(), driving.nn.AdaptiveAvgPool1d(1), still)
    _, wanted = driving.collect(road.track(1), None, 0.0, generator())
    assert examiner.beside_her(straight, 0) == pytest.approx(float(wanted.square().mean()))
    found, _ = examiner.look(straight)
    assert found["valid/steps"] < 60
    assert found["valid/mse, own way"] > found["valid/mse, her way"]


# --- recommending -------------------------------------------------------------------------------


def test_a_rating_by_hand():
    model = recommender.Factors(2, 3.0)
    with torch.no_grad():
        model.users.weight[7] = torch.tensor([1.0, 2.0])
        model.items.weight[9] = torch.tensor([3.0, -1.0])
        model.mildness.weight[7], model.quality.weight[9] = 0.2, -0.1
    assert model(torch.tensor([7]), torch.tensor([9])).item() == pytest.approx(4.1)


def test_ratings_are_half_stars_and_no_pair_is_in_both():
    known, held_out, missing = recommender.invent(0)
    parts = (known, *held_out, *missing)
    assert set(known.stars.tolist()) <= {i / 2 for i in range(1, 11)}
    pairs = [set(zip(p.users.tolist(), p.items.tolist(), strict=True)) for p in parts]
    assert sum(map(len, pairs)) == len(set.union(*pairs)) == recommender.USERS * recommender.ITEMS
    assert list(map(len, pairs[:3])) == [7680, 960, 960]


@pytest.mark.parametrize(("liking", "asked"), [(0.0, 0.0), (1.5, 0.0), (1.5, 0.3), (3.0, 1.0)])
def test_as_many_are_known_however_they_were_chosen(liking, asked):
    stars = torch.tensor([1.0, 2.0]).repeat(400, 100)
    known = recommender.choose(stars, liking, asked, generator())
    assert int(known.sum()) == recommender.KNOWN * 80_000
    one, two = (float(known[stars == each].float().mean()) for each in (1, 2))
    if asked == 1 or not liking:
        assert one == pytest.approx(two, abs=0.01)
    else:
        assert two > 2 * one


def test_one_star_more_is_so_many_times_as_likely(monkeypatch):
    # Few of many: the chances are small, and their ratio is that of the rates.
    monkeypatch.setattr(recommender, "KNOWN", 0.01)
    stars = torch.tensor([1.0, 2.0]).repeat(4000, 200)
    known = recommender.choose(stars, 1.5, 0.0, generator())
    ratio = float(known[stars == 2].sum() / known[stars == 1].sum())
    assert ratio == pytest.approx(math.exp(1.5), rel=0.05)


def test_who_rates_what_he_likes_is_seen_through_rosy_glasses():
    for liking, apart in ((0.0, 0.0), (1.5, 1.02)):
        world = recommender.invent(0, liking)
        every = torch.cat([part.stars for part in (world.known, *world.held_out, *world.missing)])
        assert float(world.known.stars.mean() - every.mean()) == pytest.approx(apart, abs=0.03)
        # What is set aside is as rosy as what is kept.
        assert float(world.held_out[1].stars.mean()) == pytest.approx(
            float(world.known.stars.mean()), abs=0.06
        )


def test_biases_alone_find_biases():
    users = torch.arange(400).repeat_interleave(200)
    items = torch.arange(200).repeat(400)
    truth = 3 + 0.5 * torch.randn(400, generator=generator())[users]
    truth = truth + 0.5 * torch.randn(200, generator=generator(1))[items]
    every = recommender.Ratings(users, items, truth)
    assert float(recommender.rmse(truth, recommender.biases_alone(every, every))) < 0.05


def test_it_is_compared_with_mean_and_biases():
    *_, last = recommender.train(recommender.Config(epochs=2))
    figures = {name: float(value) for name, value in last.scalars.items()}
    assert figures["test/biases"] < figures["test/mean"]
    assert set(last.pictures) == {"items", "advice"}


# --- forecasting --------------------------------------------------------------------------------


def test_pinball_by_hand_and_at_the_median():
    one = torch.tensor([10.0]), torch.tensor([8.0])
    assert float(forecast.pinball(*one, 0.9)) == pytest.approx(1.8)
    assert float(forecast.pinball(*one[::-1], 0.9)) == pytest.approx(0.2)
    targets, said = torch.randn(50, generator=generator()), torch.zeros(50)
    assert float(forecast.pinball(targets, said, 0.5)) == pytest.approx(
        float(targets.abs().mean()) / 2
    )


@pytest.mark.slow
@given(st.floats(0.05, 0.95))
@settings(deadline=None)
def test_the_cheapest_constant_is_the_quantile(tau):
    targets = torch.randn(2001, generator=generator())
    grid = torch.linspace(-3, 3, 601)
    losses = torch.stack([forecast.pinball(targets, each.expand(2001), tau) for each in grid])
    assert float(grid[losses.argmin()]) == pytest.approx(float(targets.quantile(tau)), abs=0.05)


def test_bands_are_in_order_and_counted():
    low, high = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 1.0])
    assert float(forecast.coverage(torch.tensor([0.5, 2.0]), low, high)) == 0.5
    *_, last = forecast.train(forecast.Config(epochs=2))
    assert 0 < float(last.scalars["test/coverage"]) <= 1
    assert float(last.scalars["test/width"]) > 0


# --- tones --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", range(16))
def test_every_key_is_two_tones(key):
    sound = keypad.tone(key, 4000)
    loud = torch.fft.rfft(sound).abs().topk(2).indices.sort().values.tolist()
    low, high = keypad.LOW[key // 4], keypad.HIGH[key % 4]
    assert loud == [pytest.approx(low, abs=1), pytest.approx(high, abs=1)]


def test_clips_are_padded_and_noise_is_as_loud_as_was_asked():
    made = keypad.clips(4, 10.0, generator())
    assert made.frames.shape[:2] == (4, int(made.lengths.max()))
    assert int(made.counts.sum()) == len(made.keys)
    samples, _ = keypad.dialled(0.0, generator())
    assert float(samples[:40].std()) == pytest.approx(1, abs=0.4)


@given(st.lists(st.integers(0, 3), max_size=12))
def test_blanks_between_different_symbols_change_nothing(said):
    spread = [each for now in said for each in (now, now)]
    assert ctc.collapse(said) == ctc.collapse(spread)
    answer = ctc.collapse(said)
    assert 0 not in answer
    spelled = [each for now in answer for each in (0, now)]
    assert ctc.collapse(spelled) == answer


def test_collapsing_of_the_lesson():
    assert ctc.collapse([1, 1, 0, 1, 2, 2]) == [1, 1, 2]
    assert ctc.collapse([0, 0]) == []


@pytest.mark.parametrize("answer", [[3], [1, 2], [2, 2], [1, 2, 2, 3], []])
def test_the_loss_and_its_gradient_are_torchs(answer):
    logits = torch.randn(9, 5, generator=generator(), dtype=torch.double, requires_grad=True)
    answer = torch.tensor(answer, dtype=torch.long)
    mine = ctc.ctc_loss(logits.log_softmax(1), answer)
    (ours,) = torch.autograd.grad(mine, logits)
    theirs = functional.ctc_loss(
        logits.log_softmax(1)[:, None], answer[None], torch.tensor([9]),
        torch.tensor([len(answer)]), reduction="sum",
    )  # fmt: skip
    assert mine.item() == pytest.approx(theirs.item())
    assert torch.allclose(ours, torch.autograd.grad(theirs, logits)[0])


def test_the_best_path_need_not_be_the_best_answer():
    frames = torch.tensor([[0.6, 0.4], [0.6, 0.4]])
    assert ctc.collapse(frames.argmax(1).tolist()) == []
    assert ctc.search(frames) == [1]
    assert float(ctc.ctc_loss(frames.log(), torch.tensor([1])).neg().exp()) == pytest.approx(0.64)


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(deadline=None, max_examples=40)
def test_an_unpruned_search_finds_the_likeliest_answer(seed, frames):
    said = (2 * torch.randn(frames, 3, generator=generator(seed))).softmax(1)
    answers = {}
    for path in itertools.product(range(3), repeat=frames):
        chance = math.prod(float(said[frame, symbol]) for frame, symbol in enumerate(path))
        answer = tuple(ctc.collapse(path))
        answers[answer] = answers.get(answer, 0.0) + chance
    assert sum(answers.values()) == pytest.approx(1)
    found = tuple(ctc.search(said, kept=10_000, near=3))
    assert answers[found] == pytest.approx(max(answers.values()), rel=1e-5)


def test_a_letter_twice_needs_a_blank_between():
    sure = torch.full((3, 2), 0.01)
    for frame, symbol in enumerate([1, 0, 1]):
        sure[frame, symbol] = 0.99
    assert ctc.search(sure) == [1, 1]
    assert ctc.search(sure[[0, 2]]) == [1]


def test_the_transcriber_reads_and_is_judged(monkeypatch):
    monkeypatch.setattr(ctc, "BATCHES", 2)
    monkeypatch.setattr(ctc, "TEST", 8)
    start, *rest = ctc.train(ctc.Config(steps=50))
    assert start.total_steps == len(rest) == 50
    assert {"valid/exact", "test/exact"} <= set(rest[-1].scalars)
    assert "read nothing; frames say ---" in rest[-1].pictures["clip"].caption


def test_goertzel_measures_amplitudes():
    time = torch.arange(1600) / speech.RATE
    loud = speech.goertzel(0.3 * (math.tau * speech.LOW[1] * time).sin())
    assert loud.argmax(1).tolist() == [1] * 10
    assert float(loud[:, 1].mean()) == pytest.approx(0.3, abs=0.02)


def test_the_decoder_hears_what_was_dialled():
    _, lengths, _ = speech.lesson(1, generator())
    keys = torch.tensor([0, 0, 7, 15])
    loudness = torch.zeros(4, 8)
    for row, key in enumerate(keys.tolist()):
        loudness[row, key // 4] = loudness[row, 4 + key % 4] = 0.5
    wanted = "".join(KEYS[key] for key in keys.tolist())
    assert speech.hear(speech.wave(lengths[0], loudness)) == wanted


def test_a_drawn_voice_has_the_rhythm_of_people_and_a_mean_one_none():
    model = speech.Speaker()
    with torch.no_grad():
        model.lengths.weight.zero_()
        model.lengths.bias.copy_(torch.tensor([8.0, 4.0]))
        model.spread.copy_(torch.tensor([1.4, 0.8]).log())
    assert speech.judge(model, 50, "mean", generator())[1] == 0
    # Whole frames add a twelfth of a frame to the variance.
    expected = 20 * math.sqrt(1.4**2 + 1 / 12)
    assert speech.judge(model, 500, "drawn", generator())[1] == pytest.approx(expected, rel=0.05)


def test_the_spread_of_lengths_is_learnt():
    off = 0.7 * torch.randn(400, 4, 2, generator=generator())
    model = speech.Speaker()

    def price(deviation):
        with torch.no_grad():
            model.spread.fill_(math.log(deviation))
            return float(model.misjudged(off))

    assert min((0.3, 0.5, 0.6, 0.7, 0.8, 1.0, 1.4), key=price) == 0.7


def test_the_speaker_learns_its_tones():
    start, *rest = speech.train(speech.Config(steps=60))
    assert start.total_steps == len(rest) == 60
    first, last = (float(item.scalars["train/loudness"]) for item in (rest[0], rest[-1]))
    assert last < first / 4
    assert "test/understood" in rest[-1].scalars
