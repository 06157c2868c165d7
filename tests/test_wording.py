"""Words as the model read them: which are kept, of which sentence each is, and what a question finds in them."""

from pathlib import Path

import numpy as np
import pytest

from index import ragged
from index.wording import FILE, codes, matches, telling, wanted, width

TEXT = "Carers\nThe panel met. It gave a grant."
#       title   sentence        sentence
PLACES = ((0, 0), (0, 3), (3, 6), (7, 10), (11, 16), (17, 20), (20, 21), (22, 24), (25, 29), (30, 31), (32, 37), (0, 0))
SENTENCES = ((7, 21), (22, 38))
DIMENSION = 32


def pieces(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((len(PLACES), DIMENSION)).astype(np.float32)


def test_a_word_is_the_mean_of_its_word_pieces_and_words_that_tell_nothing_are_left_out() -> None:
    given = pieces()
    words = telling(TEXT, given, PLACES)
    assert [TEXT[start:end] for start, end in words.spans] == ["Carers", "panel", "met", "gave", "grant"]
    assert words.vectors[0] == pytest.approx(given[1:3].mean(axis=0))
    assert words.vectors[1:] == pytest.approx(given[[4, 5, 8, 10]])


def test_words_beyond_the_window_are_left_out_and_a_prefix_moves_nothing() -> None:
    assert len(telling(TEXT, pieces()[:5], PLACES).spans) == 2
    moved = [(start + 7, end + 7) if end else (0, 0) for start, end in PLACES]
    assert telling(TEXT, pieces(), moved, shift=7).spans == telling(TEXT, pieces(), PLACES).spans


def test_each_word_is_kept_with_the_number_of_its_sentence() -> None:
    kept = codes(telling(TEXT, pieces(), PLACES), SENTENCES)
    assert kept.shape == (5, width(DIMENSION))
    assert kept[:, 0].tolist() == [0, 1, 1, 2, 2]
    assert codes(telling("of the", pieces(), ()), ()).shape == (0, width(DIMENSION))


def test_a_sentence_is_matched_by_its_own_words_and_the_titles(tmp_path: Path) -> None:
    words = telling(TEXT, pieces(), PLACES)
    ragged.save(tmp_path, FILE, [codes(words, SENTENCES), codes(telling("", pieces(), ()), ())])
    held = ragged.Coded([tmp_path], FILE)
    rarity = {"carer": 1.0, "panel": 3.0, "met": 0.0, "gave": 0.0, "grant": 0.0}
    [first, second], none = matches(held, wanted(TEXT, words, rarity), np.array([0, 1]))
    assert first > 0.7 and first > second + 0.2
    assert len(none) == 0
    [only] = matches(held, wanted(TEXT, words, dict.fromkeys(rarity, 0.0) | {"carer": 2.0}), np.array([0]))
    assert only[0] == only[1] > 0.7
