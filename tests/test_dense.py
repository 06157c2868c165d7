"""The dense side: what codes leave out is little, and nothing depends on how vectors are cut into segments."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index import dense
from index.dense import CODED_FROM, SAMPLED, DenseIndex, build

DIMENSION, LIMIT = 384, 100
MANY = CODED_FROM + 1_000


def opened(folder: Path, vectors: np.ndarray, cuts: Sequence[int] = ()) -> DenseIndex:
    """An index of ``vectors`` in segments that begin at ``cuts``."""
    folders = []
    for number, part in enumerate(np.split(vectors, cuts)):
        folders.append(folder / str(number))
        folders[-1].mkdir(parents=True)
        build(folders[-1], part)
    return DenseIndex(folders)


def some_vectors(count: int, seed: int = 1) -> np.ndarray:
    """Unit vectors around some forty subjects, as texts have them."""
    rng = np.random.default_rng(seed)
    near = np.random.default_rng(0).standard_normal((40, DIMENSION))[rng.integers(40, size=count)]
    vectors = (near + rng.standard_normal((count, DIMENSION))).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return some_vectors(MANY)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, vectors: np.ndarray) -> DenseIndex:
    return opened(tmp_path_factory.mktemp("one"), vectors)


def best(found: tuple[np.ndarray, np.ndarray], limit: int = LIMIT) -> list[tuple[float, int]]:
    rows, products = found
    return sorted(zip((-products).tolist(), rows.tolist(), strict=True))[:limit]


def test_codes_find_nearly_all_that_a_look_at_each_finds(index: DenseIndex, vectors: np.ndarray) -> None:
    shares = []
    for question in some_vectors(30, seed=2):
        expected = np.argsort(-(vectors.astype(np.float16).astype(np.float64) @ question))[:LIMIT].tolist()
        found = [row for _, row in best(index.search(question, None, LIMIT))]
        assert found[:5] == expected[:5]
        shares.append(len(set(found) & set(expected)) / LIMIT)
    assert index._codes is not None and np.mean(shares) >= 0.97


def test_what_is_found_does_not_depend_on_the_cuts(tmp_path: Path, index: DenseIndex, vectors: np.ndarray) -> None:
    other = opened(tmp_path, vectors, cuts=(1, 777, 777, 15_000))
    for question in some_vectors(30, seed=3):
        assert best(other.search(question, None, LIMIT)) == best(index.search(question, None, LIMIT))
        assert best(other.scan(question, None, LIMIT)) == best(index.scan(question, None, LIMIT))


def test_a_filter_leaves_nothing_out(index: DenseIndex, vectors: np.ndarray) -> None:
    passing = np.random.default_rng(4).random(MANY) < 0.5
    for question in some_vectors(10, seed=5):
        products = np.where(passing, vectors.astype(np.float16).astype(np.float64) @ question, -9)
        found = [row for _, row in best(index.search(question, passing, LIMIT))]
        assert set(found[: LIMIT - 1]) <= set(np.argsort(-products)[:LIMIT].tolist())
        assert passing[found].all()


def test_a_product_is_the_same_whatever_is_asked_beside(index: DenseIndex, vectors: np.ndarray) -> None:
    question = some_vectors(1, seed=6)[0]
    rows, products = index.search(question, None, LIMIT)
    assert index.products(question, rows[::-1]).tolist() == products[::-1].tolist()
    assert [index.products(question, rows[i : i + 1])[0] for i in range(50)] == products[:50].tolist()
    scanned = dict(zip(*(one.tolist() for one in index.scan(question, None, LIMIT)), strict=True))
    both = [
        (scanned[row], product) for row, product in zip(rows.tolist(), products.tolist(), strict=True) if row in scanned
    ]
    assert len(both) > LIMIT / 2 and all(one == other for one, other in both)
    assert products == pytest.approx(vectors[rows] @ question, abs=1e-3)


@pytest.mark.parametrize("count", [MANY, 500])
def test_of_equals_at_the_cut_none_is_left_out_by_chance(tmp_path: Path, count: int) -> None:
    vectors = some_vectors(count)
    vectors[::2] = vectors[0]
    rows, products = opened(tmp_path, vectors, cuts=(100,)).search(vectors[0], None, LIMIT)
    alike = rows[products == products.max()]
    assert sorted(alike.tolist()) == list(range(0, count, 2))


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    empty = opened(tmp_path, np.empty((0, DIMENSION), np.float32))
    assert [len(one) for one in empty.search(some_vectors(1)[0], None, LIMIT)] == [0, 0]
    assert not len(empty.products(some_vectors(1)[0], np.empty(0, np.int64)))


def test_recall_is_the_share_of_what_a_look_at_each_finds(
    index: DenseIndex, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, by_hand = vectors.astype(np.float16).astype(np.float64), []
    questions = stored[np.linspace(0, MANY - 1, SAMPLED, dtype=int)].astype(np.float32)
    for question in questions:
        exact = np.argsort(-np.round(stored @ question, 6), kind="stable")[:LIMIT]
        found = {row for _, row in best(index.search(question, None, LIMIT))}
        by_hand.append([np.mean([row in found for row in exact[:limit].tolist()]) for limit in (3, LIMIT)])
    expected = dict(zip((3, LIMIT), np.mean(by_hand, axis=0).tolist(), strict=True))
    assert index.recall(questions, (3, LIMIT)) == pytest.approx(expected)
    monkeypatch.setattr(dense, "RECALLED", (3, LIMIT))
    assert index.own_recall() == pytest.approx(expected)


def test_codes_that_tell_nothing_are_found_out(tmp_path: Path, vectors: np.ndarray) -> None:
    # Of vectors that are told apart by few components these are far above all levels.
    few = np.concatenate([vectors[:, :6] * 40, vectors[:, 6:]], axis=1)
    few /= np.linalg.norm(few, axis=1, keepdims=True)
    blind = opened(tmp_path, few)
    assert blind.recall(few[:3], (LIMIT,))[LIMIT] < 0.9


def test_recall_is_told_only_where_codes_are_used(tmp_path: Path) -> None:
    assert opened(tmp_path, some_vectors(500)).own_recall() is None and DenseIndex([]).own_recall() is None
