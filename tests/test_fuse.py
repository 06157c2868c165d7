"""Fusing two rankings, by hand."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.engine import Ranked
from index.fuse import fuse, standard, union


def ranked(**scores: float) -> Ranked:
    keys = np.array([ord(name) for name in scores], dtype=np.int64)
    return Ranked.of(keys, np.array(list(scores.values()), dtype=np.float64), len(scores))


def test_the_union_is_in_order_of_key() -> None:
    assert union(ranked(c=1, a=2), ranked(b=3, a=1)).tolist() == [97, 98, 99]


def test_standard_scores_by_hand() -> None:
    assert standard(np.array([1.0, 2.0, 3.0])).tolist() == pytest.approx([-1.224745, 0, 1.224745], abs=1e-6)
    assert standard(np.array([2.0, 2.0])).tolist() == [0, 0]
    assert standard(np.array([])).tolist() == []


def test_both_legs_count_by_their_share_and_a_missing_word_score_is_none() -> None:
    keys, cosines = np.array([97, 98, 99]), np.array([0.1, 0.2, 0.3])
    words = ranked(a=6.0)
    by_words, by_meaning = fuse(keys, cosines, words, 0.0), fuse(keys, cosines, words, 1.0)
    assert by_words.scores.argmax() == 0
    assert by_meaning.scores.argmax() == 2
    both = fuse(keys, cosines, words, 0.5)
    assert both.scores == pytest.approx((by_words.scores + by_meaning.scores) / 2)
    assert both.lexical.tolist() == [6, 0, 0]


@example([0.1, 0.1, 0.1], 0.3, 0.7)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20), st.floats(0.1, 9), st.floats(-9, 9))
def test_another_scale_changes_no_standard_score(scores: list[float], factor: float, shift: float) -> None:
    given_scores = np.round(np.array(scores), 3)
    assert standard(given_scores * factor + shift) == pytest.approx(standard(given_scores), abs=1e-6)


def test_the_best_come_first_and_equal_ones_by_key() -> None:
    order = Ranked.of(np.array([5, 3, 9, 1]), np.array([0.5, 0.7, 0.7, 0.1]), 3)
    assert order.keys.tolist() == [3, 9, 5]
