"""Relevance is a probability that grows with the evidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.relevance import LIKELY, relevance


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 90)), max_size=9), st.integers(0, 30))
def test_it_is_a_probability_for_any_evidence(evidence: list[tuple[float, float]], terms: int) -> None:
    chances = relevance(np.array([c for c, _ in evidence]), np.array([w for _, w in evidence]), terms)
    assert ((chances >= 0) & (chances <= 1)).all()


@pytest.mark.parametrize(
    ("cosine", "bm25", "terms", "likely"),
    [(0.7, 20.0, 4, True), (0.55, 0.0, 4, True), (0.35, 16.0, 4, True), (0.2, 2.0, 4, False), (0.1, 0.0, 1, False)],
)
def test_the_cut_parts_strong_evidence_from_weak(cosine: float, bm25: float, terms: int, likely: bool) -> None:
    assert bool(relevance(np.array([cosine]), np.array([bm25]), terms)[0] >= LIKELY) is likely


def test_more_of_either_evidence_makes_it_likelier() -> None:
    by_meaning = relevance(np.linspace(-1, 1, 9), np.full(9, 3.0), 3)
    by_words = relevance(np.full(9, 0.4), np.linspace(0, 40, 9), 3)
    assert (np.diff(by_meaning) > 0).all() and (np.diff(by_words) > 0).all()
