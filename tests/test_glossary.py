"""Acronyms as texts explain them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.glossary import Expansion, mine

EXPLAINED = [
    ("Special Guardianship Orders (SGOs) rose.", "SGO", "Special Guardianship Order"),
    ("The LSCB (Local Safeguarding Children Board) met.", "LSCB", "Local Safeguarding Children Board"),
    (
        "services such as Child and Adolescent Mental Health Services (CAMHS)",
        "CAMHS",
        "Child and Adolescent Mental Health Services",
    ),
    ("the Department for Education (DfE) wrote", "DfE", "Department for Education"),
    ("education, health and care (EHC) plans", "EHC", "education, health and care"),
    ("Local Authorities (LAs) and others", "LA", "Local Authority"),
    ("Small Businesses (SBs) and Post Boxes (PBs)", "SB", "Small Business"),
    ("the single inspection framework (“SIF”)", "SIF", "single inspection framework"),
    ("All keep to the Code of Conduct (CoC).", "CoC", "Code of Conduct"),
    ("a paper of the Software Sustainability Institute (SSI)", "SSI", "Software Sustainability Institute"),
    ("We Transform to Open Science (TOPS) with them.", "TOPS", "Transform to Open Science"),
    ("the Care Quality Commission (CQC; the regulator)", "CQC", "Care Quality Commission"),
]
NOT_EXPLAINED = [
    "It was agreed (OK).",
    "They met (NB: in private).",
    "The figures (see Annex A) rose.",
    "A long and winding road (XYZ)",
    "Paper 4 (2015)",
    "(SGO)",
    "It was added by one who sat in the office (ABC).",
    "An SGO (an order) was made.",
    "We go to Open Science (TOPS) with them.",
]


@pytest.mark.parametrize(("text", "acronym", "words"), EXPLAINED)
def test_an_explained_acronym_is_found(text: str, acronym: str, words: str) -> None:
    assert mine([text])[acronym] == (Expansion(words, 1),)


@pytest.mark.parametrize("text", NOT_EXPLAINED)
def test_other_brackets_explain_nothing(text: str) -> None:
    assert mine([text]) == {}


def test_expansions_are_counted_over_texts_the_commonest_first() -> None:
    texts = [
        "the Special Inspection Fund (SIF)",
        *["the single inspection framework (SIF)"] * 2,
        "the Single Inspection Framework (SIF)",
    ]
    assert mine(texts) == {
        "SIF": (Expansion("single inspection framework", 3), Expansion("Special Inspection Fund", 1))
    }


@given(st.text(alphabet="aBC ()s.,-", max_size=80))
def test_any_text_may_be_mined(text: str) -> None:
    assert all(
        expansion.words in text or acronym + "s" in text for acronym, all_ in mine([text]).items() for expansion in all_
    )
