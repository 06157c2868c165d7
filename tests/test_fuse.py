"""Fusing two rankings, by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index.engine import Ranked
from index.fuse import MATCHED, RESCORED, Fused, fuse
from index.records import Mode


def ranked(**scores: float) -> Ranked:
    keys = np.array([ord(name) for name in scores], dtype=np.int64)
    return Ranked.of(keys, np.array(list(scores.values()), dtype=np.float64), len(scores))


KEYS, COSINES = np.array([97, 98, 99]), np.array([0.1, 0.2, 0.3])


def test_meaning_and_words_are_added_and_a_missing_word_score_is_none() -> None:
    both = fuse(KEYS, COSINES, ranked(a=6.0), 12.0, 3.0, None)
    assert both.words.tolist() == [0.5, 0, 0]
    assert both.meaning.tolist() == COSINES.tolist()
    assert both.scores.tolist() == pytest.approx([0.6, 0.2, 0.3])


@pytest.mark.parametrize(
    "rarest, most, counted",
    [
        (5.0, 5.0, 0.2),  # a third of the question's words: in full
        (5.0, 10.0, 0.05),  # a sixth of them, where .3 are enough, and not a third of the rarest word
        (1.0, 10.0, 0.1),  # a sixth, but more than the rarest word weighs
    ],
)
def test_words_count_less_where_no_passage_has_enough_of_them(rarest: float, most: float, counted: float) -> None:
    found = fuse(KEYS, COSINES, ranked(a=1.5, b=1.0), most, rarest, None)
    assert found.words.tolist() == [1.5 / most, 1.0 / most, 0]
    assert found.scores[1] - 0.2 == pytest.approx(counted)


def test_either_alone_ranks_by_itself() -> None:
    assert fuse(KEYS, COSINES, ranked(a=6.0), 12.0, 3.0, None, Mode.LEXICAL).scores.tolist() == [0.5, 0, 0]
    assert fuse(KEYS, COSINES, ranked(a=6.0), 12.0, 3.0, None, Mode.DENSE).scores.tolist() == COSINES.tolist()


def test_the_best_sentence_counts_as_much_as_the_passage() -> None:
    both = fuse(KEYS, COSINES, ranked(a=6.0), 12.0, 3.0, lambda keys: np.where(keys == 98, 0.9, 0.1))
    assert both.meaning.tolist() == pytest.approx([0.1, 0.55, 0.2])


def test_neighbouring_words_count_as_more_of_the_words() -> None:
    def found(mode: Mode) -> Fused:
        return fuse(
            KEYS, COSINES, ranked(a=6.0), 12.0, 3.0, None, mode, following=lambda keys: np.where(keys == 97, 3.0, 0)
        )

    assert found(Mode.HYBRID).words.tolist() == [0.75, 0, 0]
    assert found(Mode.HYBRID).scores.tolist() == pytest.approx([0.85, 0.2, 0.3])
    assert found(Mode.LEXICAL).scores.tolist() == [0.75, 0, 0]
    assert found(Mode.DENSE).words.tolist() == [0.5, 0, 0]


def test_only_the_best_have_their_sentences_compared() -> None:
    asked: list[int] = []

    def nearest(keys: NDArray[np.int64]) -> NDArray[np.float64]:
        asked.extend(keys.tolist())
        return np.ones(len(keys))

    keys = np.arange(RESCORED + 50)
    fused = fuse(keys, keys / 1000, ranked(), 1.0, 1.0, nearest)
    assert sorted(asked) == list(range(50, RESCORED + 50))
    assert fused.meaning[49] == 0.049
    fuse(keys, keys / 1000, ranked(), 1.0, 1.0, nearest, Mode.LEXICAL)
    assert len(asked) == RESCORED


def test_only_the_best_of_a_search_by_both_have_their_words_compared() -> None:
    asked: list[int] = []

    def matching(keys: NDArray[np.int64]) -> NDArray[np.float64]:
        asked.extend(keys.tolist())
        return np.where(keys == 20, 1.0, 0.5)

    keys = np.arange(MATCHED + 20)
    fused = fuse(keys, keys / 1000, ranked(), 1.0, 1.0, None, Mode.HYBRID, matching)
    assert sorted(asked) == keys[20:].tolist()
    assert fused.scores[19:22].tolist() == pytest.approx([0.019, 1.02, 0.521])
    assert fused.meaning.tolist() == (keys / 1000).tolist()
    for mode in (Mode.LEXICAL, Mode.DENSE):
        fuse(keys, keys / 1000, ranked(), 1.0, 1.0, None, mode, matching)
    assert len(asked) == MATCHED


def test_the_best_come_first_and_equal_ones_by_key() -> None:
    order = Ranked.of(np.array([5, 3, 9, 1]), np.array([0.5, 0.7, 0.7, 0.1]), 3)
    assert order.keys.tolist() == [3, 9, 5]
