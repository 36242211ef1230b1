"""Checks of the cut in time and of the baseline."""

import random

from tutor.checks import check, close, equal

DATES = ["2013-12-31", "2014-01-01", "2014-12-31", "2015-01-01", "2015-12-31"]
X = [[3, 1], [4, 1], [5, 9], [2, 6], [5, 3]]
Y = [4.0, 5.0, 2.0, 5.0, 6.0]


def shuffled():
    """Forty samples of 2012 to 2016 in no order; a sample's one feature is its target negated."""
    rng = random.Random(2015)
    dates = [
        f"{rng.randrange(2012, 2017)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        for _ in range(40)
    ]
    targets = list(range(40))
    return dates, [[-target] for target in targets], targets


@check("no test day in training", points=1)
def check_disjoint(learner):
    x_train, y_train, x_test, y_test = learner.split_by_year(DATES, X, Y, 2015)
    equal(list(x_train), X[:3], what="X_train of the test year 2015")
    equal(list(y_train), Y[:3], what="y_train of the test year 2015")
    equal(list(x_test), X[3:], what="X_test of the test year 2015")
    equal(list(y_test), Y[3:], what="y_test of the test year 2015")


@check("nothing from later years", points=1)
def check_no_leak(learner):
    x_train, y_train, x_test, y_test = learner.split_by_year(DATES, X, Y, 2014)
    equal(list(x_train), X[:1], what="X_train of the test year 2014, with days of 2015 in the data")
    equal(list(y_train), Y[:1], what="y_train of the test year 2014, with days of 2015 in the data")
    equal(list(x_test), X[1:3], what="X_test of the test year 2014")
    equal(list(y_test), Y[1:3], what="y_test of the test year 2014")


@check("features and targets stay together", points=1)
def check_together(learner):
    dates, features, targets = shuffled()
    for year in (2013, 2015, 2017):
        x_train, y_train, x_test, y_test = learner.split_by_year(dates, features, targets, year)
        before = [t for date, t in zip(dates, targets, strict=True) if int(date[:4]) < year]
        within = [t for date, t in zip(dates, targets, strict=True) if int(date[:4]) == year]
        equal(sorted(y_train), before, what=f"the sorted y_train of unordered days and {year}")
        equal(sorted(y_test), within, what=f"the sorted y_test of unordered days and {year}")
        for x, y in ((x_train, y_train), (x_test, y_test)):
            equal(
                [-row[0] for row in x], list(y), what="the target of each row of X, in its order,"
            )


@check("persistence is exact on a toy series", points=1)
def check_persistence(learner):
    days = [25.0, 28.9, 30.6, 20.6, 19.4]
    forecasts = list(learner.persistence(days))
    equal(len(forecasts), 4, what="the number of forecasts for five days")
    close(forecasts, days[:4], what="the forecasts for the second to the fifth day")
    errors = [abs(f - day) for f, day in zip(forecasts, days[1:], strict=True)]
    close(sum(errors) / 4, 4.2, what="the mean absolute error of the lesson's four days")
    equal(days, [25.0, 28.9, 30.6, 20.6, 19.4], what="the list handed in, after the call,")
