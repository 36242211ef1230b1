"""k-means, PCA and the autoencoder, beside scikit-learn's and sums done by hand."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from models import autoencoder, clusters
from models.data.digits import splits
from models.projection import directions, principal
from models.reading import Reading, Start


def points(seed, count=40, wide=3):
    return torch.randn(count, wide, generator=torch.Generator().manual_seed(seed))


def test_four_points_and_two_centres_by_hand():
    data = torch.tensor([[0.0], [2.0], [10.0], [12.0]])
    assert clusters.turn(data, torch.tensor([[0.0], [10.0]])).tolist() == [[1.0], [11.0]]
    assert float(clusters.inertia(data, torch.tensor([[1.0], [11.0]]))) == 4.0


def test_a_centre_that_owns_nothing_stays():
    moved = clusters.turn(torch.zeros(3, 2), torch.tensor([[0.0, 0.0], [9.0, 9.0]]))
    assert moved.tolist() == [[0.0, 0.0], [9.0, 9.0]]


@given(st.integers(0, 1000), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_no_turn_raises_the_inertia(seed, count):
    data = points(seed)
    centres = data[:count].clone()
    for _ in range(5):
        before = clusters.inertia(data, centres)
        centres = clusters.turn(data, centres)
        assert clusters.inertia(data, centres) <= before * (1 + 1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_it_settles_where_scikit_learn_does(seed):
    data = points(seed, 200, 5)
    centres = clusters.plus_plus(data, 6, torch.Generator().manual_seed(seed))
    theirs = KMeans(6, init=centres.numpy(), n_init=1, tol=0, max_iter=200).fit(data.numpy())
    for _ in range(200):
        centres = clusters.turn(data, centres)
    assert torch.allclose(centres, torch.tensor(theirs.cluster_centers_), atol=1e-4)
    assert math.isclose(float(clusters.inertia(data, centres)), theirs.inertia_, rel_tol=1e-4)


def test_seeding_takes_different_points_and_survives_equal_ones():
    data = points(0)
    chosen = clusters.plus_plus(data, 10, torch.Generator().manual_seed(0))
    assert len(chosen.unique(dim=0)) == 10
    assert clusters.plus_plus(torch.ones(5, 2), 3, torch.Generator()).shape == (3, 2)


def test_clusters_are_named_by_their_majority():
    mine, labels = torch.tensor([0, 0, 0, 1, 1]), torch.tensor([7, 7, 2, 3, 3])
    assert clusters.majority(mine, labels, 3).tolist() == [7, 3, 0]


def test_the_best_start_is_kept_and_judged_once():
    start, *rest = clusters.train(clusters.Config(clusters=5, tries=2))
    assert isinstance(start, Start)
    best = [float(item.scalars["train/best inertia"]) for item in rest[:-1]]
    assert best == sorted(best, reverse=True)
    assert [item.step for item in rest] == list(range(1, len(rest) + 1))
    assert set(rest[-1].scalars) == {"test/accuracy", "train/empty clusters"}
    assert set(rest[0].pictures) == {"centres", "map"}


def test_one_centre_is_the_mean_image_and_all_are_the_nearest_neighbour():
    data, _, test = splits()
    seen, tested = data.images[data.labels != 8].flatten(1), test.images.flatten(1)
    strange = (test.labels == 8).numpy()
    nearest = NearestNeighbors(n_neighbors=1).fit(seen.numpy()).kneighbors(tested.numpy())[0][:, 0]
    from_mean = (tested - seen.mean(0)).square().sum(1)
    for count, theirs in ((1, from_mean.numpy()), (len(seen), nearest)):
        config = clusters.Config(clusters=count, normal="012345679", tries=1)
        *_, last = clusters.train(config)
        assert isinstance(last, Reading)
        found = float(last.scalars["test/auroc"])
        assert math.isclose(found, roc_auc_score(strange, theirs), abs_tol=1e-4)


def test_ten_shown_digits_leave_no_strangers_to_cluster():
    readings = list(clusters.train(clusters.Config(clusters=3, tries=1)))[1:]
    assert not any("valid/auroc" in item.scalars or "odd" in item.pictures for item in readings)


@pytest.mark.parametrize("count", [1, 5])
def test_a_start_takes_the_turns_it_is_given(count):
    config = clusters.Config(clusters=count, tries=2, turns=4)
    assert len(list(clusters.train(config))) == 1 + 2 * 4 + 1


def test_the_oddest_images_stand_above_the_least_odd():
    images = torch.arange(20.0)[:, None].expand(20, 64)
    labels = torch.arange(20) % 10
    shown = clusters.extremes(images, torch.arange(20.0), labels)
    assert shown.data[0, :, 0, 0].tolist() == [19, 18, 17, 16, 15, 14, 13, 12]
    assert shown.data[1, :, 0, 0].tolist() == [7, 6, 5, 4, 3, 2, 1, 0]
    assert shown.labels[:2] == ("9", "8")


@pytest.mark.parametrize("wrong", [{"normal": ""}, {"normal": "x"}, {"clusters": 0}])
def test_nonsense_clusters_are_refused(wrong):
    with pytest.raises(ValueError, match=r"normal|cluster"):
        next(clusters.train(clusters.Config(**wrong)))


# --- PCA and the autoencoder --------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_widest_directions_are_scikit_learns(count):
    data = points(1, 60, 5)
    theirs = PCA(count).fit(data.numpy())
    mine = directions(data, count)
    assert torch.allclose(mine.abs(), torch.tensor(theirs.components_).abs(), atol=1e-4)
    flat = torch.tensor(theirs.transform(data.numpy()))
    assert torch.allclose(principal(data, count).abs(), flat.abs().float(), atol=1e-4)


def test_what_is_not_finite_has_no_directions():
    assert principal(torch.tensor([[1.0, math.nan], [0.0, 1.0]]), 2).isnan().all()


def test_pca_as_a_bottleneck_matches_scikit_learn():
    data, _, test = (part.images.flatten(1) for part in splits())
    theirs = PCA(8).fit(data.numpy())
    back = torch.tensor(theirs.inverse_transform(theirs.transform(test.numpy())))
    mine = autoencoder.pca_error(data, test, 8)
    assert math.isclose(float(mine), float((back - test).square().mean()), rel_tol=1e-4)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30).filter(
        lambda rows: 0 < sum(strange for _, strange in rows) < len(rows)
    )
)
def test_auroc_is_scikit_learns_with_ties(rows):
    scores, strange = (list(column) for column in zip(*rows, strict=True))
    mine = autoencoder.auroc(torch.tensor(scores).float(), torch.tensor(strange))
    assert math.isclose(mine, roc_auc_score(strange, scores), abs_tol=1e-6)


def test_an_autoencoder_reads_once_a_step_and_is_judged_beside_pca():
    config = autoencoder.Config(normal="01", bottleneck=4, epochs=2)
    start, *rest = autoencoder.train(config)
    assert [item.step for item in rest] == list(range(start.total_steps + 1))
    assert {"test/mse", "test/pca mse", "test/auroc", "test/mean image auroc"} <= set(
        rest[-1].scalars
    )
    assert not any("test/mse" in item.scalars for item in rest[:-1])
    assert sum("valid/auroc" in item.scalars for item in rest) == config.epochs


def test_ten_normal_digits_leave_no_strangers():
    *_, last = autoencoder.train(autoencoder.Config(epochs=1))
    assert isinstance(last, Reading)
    assert "test/auroc" not in last.scalars


@pytest.mark.parametrize("wrong", [{"normal": ""}, {"normal": "0x"}, {"bottleneck": 0}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"normal|bottleneck"):
        next(autoencoder.train(autoencoder.Config(**wrong)))
