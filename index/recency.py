"""What the date of a publication counts: that of a year which the question names more; where newer ones are asked for,
an older one less, by its kind.
"""

import re

import numpy as np
from numpy.typing import NDArray

from ingest.records import Kind

# After so many years half is gone of what a publication of the kind counts more on its first day than the oldest. A
# judgement, not fitted: news is soon stale, a position stands until it is replaced, and pages are kept current.
HALF_LIFE_YEARS = {
    Kind.PRESS: 1.0,
    Kind.EVENT: 1.0,
    Kind.UPDATE: 2.0,
    Kind.MINUTES: 2.0,
    Kind.ARTICLE: 3.0,
    Kind.CONSULTATION: 4.0,
    Kind.REPORT: 5.0,
    Kind.POSITION: 8.0,
    Kind.PAGE: np.inf,
}
# What the oldest keeps: a signal beside relevance, which it cannot turn over where that is clear.
LEAST = 0.5
_DAYS_A_YEAR = 365.25
# What a publication of a year that the question names counts more, beside meaning and words, each at most about one.
# Chosen on the sample's developer half and a blog's known items, of which 14 and 93 name years: docs/measurements.md.
OF_A_YEAR_NAMED = 0.25
_YEAR = re.compile(r"(?<![\w£$€,])(?:19|20)\d\d(?!\w)")


def years_named(question: str) -> tuple[int, ...]:
    """The years that a question names, each once."""
    return tuple(dict.fromkeys(map(int, _YEAR.findall(question))))


def freshness(ages: NDArray[np.float64], kinds: list[Kind]) -> NDArray[np.float64]:
    """Between ``LEAST`` and 1 for publications of these ages in days (NaN: undated, which counts as new) and kinds."""
    lives = np.array([HALF_LIFE_YEARS[kind] for kind in kinds]) * _DAYS_A_YEAR
    kept = 0.5 ** (np.maximum(np.nan_to_num(ages), 0) / lives)
    return np.asarray(LEAST + (1 - LEAST) * kept)
