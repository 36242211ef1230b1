"""The weather of Seattle and the forecasts that are learnt from it."""

import dataclasses
import datetime
import itertools
import math

import pytest
import torch
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from models import weather
from models.data.weather import FEATURES, climatology, load, splits
from models.reading import Reading, Start
from models.weather import Config, Question, Standardise, mae, train

TRAIN, VALID, TEST = splits()


@pytest.fixture(autouse=True)
def one_thread():
    """As in the worker: on tensors this small, threads that wait for each other cost the most."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def readings(**knobs):
    start, *rest = train(Config(**knobs))
    assert isinstance(start, Start)
    assert all(isinstance(item, Reading) for item in rest)
    return start, rest


def column(rest, name):
    return [float(item.scalars[name]) for item in rest if name in item.scalars]


# --- data -------------------------------------------------------------------------------------


def test_every_day_of_four_years_is_there_once():
    dates, values = load()
    assert len(dates) == len(values) == 1461
    assert dates[0] == datetime.date(2012, 1, 1)
    assert all((b - a).days == 1 for a, b in itertools.pairwise(dates))
    assert values.isfinite().all()
    rain, highest, lowest, wind = values.T
    assert (highest >= lowest).all()
    assert (rain >= 0).all()
    assert (wind >= 0).all()


def test_the_splits_are_whole_years_and_share_no_day():
    assert [len(split.dates) for split in (TRAIN, VALID, TEST)] == [724, 365, 365]
    assert max(TRAIN.dates) < min(VALID.dates) <= max(VALID.dates) < min(TEST.dates)
    for split in (TRAIN, VALID, TEST):
        assert split.features.shape == (len(split.dates), len(FEATURES))
        assert len(split.today) == len(split.targets) == len(split.dates)


def test_a_sample_holds_its_own_week_and_nothing_of_tomorrow():
    dates, values = load()
    place = {date: row for row, date in enumerate(dates)}
    for row in (0, 100, 364):
        tomorrow = place[VALID.dates[row]]
        today = tomorrow - 1
        sample = VALID.features[row]
        assert sample[:7].tolist() == [float(values[today - ago, 1]) for ago in range(7)]
        assert sample[7:10].tolist() == [float(values[today, i]) for i in (2, 0, 3)]
        assert float(sample[10] ** 2 + sample[11] ** 2) == pytest.approx(1, abs=1e-6)
        assert float(VALID.targets[row]) == float(values[tomorrow, 1])
        assert float(VALID.today[row]) == float(values[today, 1])


def test_climatology_is_the_mean_of_the_calendar_week_either_side():
    date = datetime.date(2015, 1, 2)
    near = [
        float(target)
        for day, target in zip(TRAIN.dates, TRAIN.targets, strict=True)
        if (day.month == 1 and day.day <= 9) or (day.month == 12 and day.timetuple().tm_yday >= 360)
    ]
    assert float(climatology(TRAIN, (date,))) == pytest.approx(sum(near) / len(near), abs=1e-4)


# --- the model --------------------------------------------------------------------------------


def test_the_scale_is_that_of_the_training_days_wherever_it_is_used():
    reference = StandardScaler().fit(TRAIN.features.double().numpy())
    ours = Standardise(TRAIN.features)
    for split in (TRAIN, TEST):
        expected = torch.tensor(reference.transform(split.features.double().numpy()))
        torch.testing.assert_close(ours(split.features).double(), expected, atol=1e-4, rtol=1e-4)
    assert ours(TEST.features)[:, 0].mean().abs() > 0.1, "2015 has a mean of its own"


def test_training_knows_nothing_of_the_validation_and_test_years(monkeypatch):
    def losses(knobs):
        return column(readings(epochs=2, **knobs)[1], "train/loss")

    other = [
        dataclasses.replace(split, features=split.features + 50, targets=split.targets - 50)
        for split in (VALID, TEST)
    ]
    for knobs in ({}, {"task": "hot"}):
        before = losses(knobs)
        with monkeypatch.context() as patch:
            patch.setattr(weather, "splits", lambda: (TRAIN, *other))
            assert losses(knobs) == before


def test_the_untrained_weighted_sum_says_zero():
    model = weather.architecture(TRAIN.features)
    assert model(VALID.features).tolist() == [0.0] * 365


def test_it_descends_to_the_solution_of_least_squares():
    start, rest = readings(epochs=600, learning_rate=0.1, batch_size=724)
    scaled = start.model[0](TRAIN.features).double().numpy()
    reference = LinearRegression().fit(scaled, TRAIN.targets.double().numpy())
    output = start.model[1]
    assert output.bias.item() == pytest.approx(float(reference.intercept_), abs=0.01)
    assert output.weight[0].tolist() == pytest.approx(reference.coef_.tolist(), abs=0.05)
    predicted = torch.tensor(reference.predict(scaled))
    least = float(((predicted - TRAIN.targets) ** 2).mean())
    assert column(rest, "train/loss")[-1] == pytest.approx(least, rel=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_it_beats_persistence_by_a_little(seed):
    _, rest = readings(seed=seed)
    lazy = float(mae(TEST.today, TEST.targets))
    assert lazy - 0.2 < column(rest, "test/mae")[-1] < lazy - 0.05


@pytest.mark.parametrize("knobs", [{"learning_rate": 0.3}, {"scale": False}])
def test_steps_that_overshoot_end_in_nan_and_say_so(knobs):
    _, rest = readings(**knobs)
    assert math.isnan(column(rest, "test/mae")[-1])
    assert math.isnan(column(rest, "train/loss")[-1])


def test_a_hot_forecast_that_is_no_number_is_right_about_nothing():
    question = Question("hot", TRAIN)
    targets = question.targets(VALID)
    perfect = 2 * targets - 1
    assert float(question.score(perfect, targets)) == 1
    assert math.isnan(question.score(perfect * math.nan, targets))


def test_the_test_year_is_read_once_at_the_last_step_and_2014_after_each_epoch():
    for task, measure in (("temperature", "mae"), ("hot", "accuracy")):
        start, rest = readings(task=task, epochs=3)
        assert [item.step for item in rest if f"test/{measure}" in item.scalars] == [
            start.total_steps
        ]
        per_epoch = start.steps_per_epoch
        assert [item.step for item in rest if f"valid/{measure}" in item.scalars] == [
            0,
            per_epoch,
            2 * per_epoch,
            3 * per_epoch,
        ]
        assert len(column(rest, "train/loss")) == start.total_steps == rest[-1].step


def test_the_pictures_are_of_2014_and_of_the_weights():
    start, rest = readings(epochs=2)
    drawn = rest[-1].pictures
    lines = drawn["spring of 2014"]
    assert lines.labels == ("true", "predicted")
    assert torch.equal(lines.data[0], VALID.targets[weather.STRETCH])
    assert {date.month for date in VALID.dates[weather.STRETCH]} == {4, 5, 6}
    bars = drawn["weights"]
    assert bars.labels == FEATURES
    assert bars.data[:, 1].tolist() == start.model[1].weight[0].tolist()
    _, hot = readings(task="hot", hidden=4, epochs=1)
    assert set(hot[-1].pictures) == {"days of 2014"}
    counts = hot[-1].pictures["days of 2014"].data
    assert int(counts.sum()) == 365
    right = int(counts.diagonal().sum()) / 365
    assert right == pytest.approx(column(hot, "valid/accuracy")[-1])


def test_pictures_do_not_change_when_the_run_goes_on():
    _, rest = readings(epochs=2)
    first, second = (item.pictures["weights"].data for item in rest[1:] if item.pictures)
    assert not torch.equal(first, second)


def test_the_learning_rate_can_be_turned_while_it_trains():
    config = Config()
    run = train(config)
    model = next(run).model
    next(run)
    config.learning_rate = 0.0
    next(run)
    assert model[1].bias.item() == 0
    config.learning_rate = 0.01
    next(run)
    assert model[1].bias.item() != 0


@pytest.mark.parametrize("knobs", [{}, {"task": "hot", "hidden": 8}])
def test_the_same_seed_gives_the_same_run(knobs):
    def losses(seed):
        return column(readings(seed=seed, epochs=2, **knobs)[1], "train/loss")

    assert losses(3) == losses(3)
    assert losses(3) != losses(4)


def test_a_task_of_another_name_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="temperature or hot"):
        next(train(Config(task="rain")))
