"""Relevance is a probability that grows with the evidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.relevance import LIKELY, relevance


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1.3)), max_size=9))
def test_it_is_a_probability_for_any_evidence(evidence: list[tuple[float, float]]) -> None:
    chances = relevance(np.array([c for c, _ in evidence]), np.array([w for _, w in evidence]))
    assert ((chances >= 0) & (chances <= 1)).all()


@pytest.mark.parametrize(
    ("meaning", "words", "likely"),
    [(0.7, 0.6, True), (0.55, 0.0, True), (0.35, 0.5, True), (0.2, 0.1, False), (0.1, 0.0, False)],
)
def test_the_cut_parts_strong_evidence_from_weak(meaning: float, words: float, likely: bool) -> None:
    assert bool(relevance(np.array([meaning]), np.array([words]))[0] >= LIKELY) is likely


def test_more_of_either_evidence_makes_it_likelier() -> None:
    by_meaning = relevance(np.linspace(-1, 1, 9), np.full(9, 0.3))
    by_words = relevance(np.full(9, 0.4), np.linspace(0, 1.3, 9))
    assert (np.diff(by_meaning) > 0).all() and (np.diff(by_words) > 0).all()
