"""Filters as integers: what passes, and how segments are counted on."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pytest
from room import paper, some_papers

from index.columns import Columns, Predicate, compile_filters, day_bounds, join, labels_of, make_columns
from index.records import NO_FILTERS, Filters
from ingest.records import UNDATED, DateSpan, Kind, Precision

DOCUMENTS = some_papers(Random(3), 30)
SPANS = (Predicate(), compile_filters(Filters(tags=("sgo", "SEND"))), compile_filters(Filters(since=date(2016, 5, 1))))


def columns(first: int, last: int) -> Columns:
    owners = [row // 2 for row in range(2 * (last - first))]
    return make_columns(DOCUMENTS[first:last], range(2 * first, 2 * last), owners)


def test_no_filters_select_all() -> None:
    assert compile_filters(NO_FILTERS) == Predicate()
    assert compile_filters(Filters(kinds=(Kind.PRESS,))) != Predicate()


def test_an_apostrophe_is_found_however_either_was_typed() -> None:
    held = make_columns([paper(f"p{sign}", "x", tags=(f"St Mary{sign}s",)) for sign in "'’"], (), ())
    assert all(held.documents_passing(compile_filters(Filters(tags=(f"st mary{sign}s",)))).all() for sign in "'’")


@pytest.mark.parametrize("field", ["tag", "committee", "author"])
def test_each_filter_looks_at_its_own_labels_alone(field: str) -> None:
    held = make_columns([paper(one, "x", **{f"{one}s": ("Fees",)}) for one in ("tag", "committee", "author")], (), ())
    passing = held.documents_passing(compile_filters(Filters(**{f"{field}s": ("fees",)})))  # type: ignore[arg-type]
    assert passing.tolist() == [one == field for one in ("tag", "committee", "author")]


def test_an_undated_document_lies_outside_every_range() -> None:
    bounds = day_bounds(UNDATED)
    assert bounds[0] > date.max.toordinal() and bounds[1] < date.min.toordinal()


def test_a_span_without_an_end_is_its_first_day() -> None:
    first = date(2015, 6, 1)
    assert day_bounds(DateSpan(first, None, Precision.DAY)) == (first.toordinal(), first.toordinal())


@pytest.mark.parametrize("predicate", SPANS)
def test_segments_joined_pass_what_one_segment_passes(predicate: Predicate) -> None:
    whole, joined = columns(0, 30), join([columns(0, 7), columns(7, 7), columns(7, 30)])
    assert np.array_equal(whole.documents_passing(predicate), joined.documents_passing(predicate))
    assert np.array_equal(whole.passages_passing(predicate), joined.passages_passing(predicate))


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    columns(0, 30).save(tmp_path)
    loaded = Columns.load(tmp_path)
    for predicate in SPANS:
        assert np.array_equal(loaded.passages_passing(predicate), columns(0, 30).passages_passing(predicate))
    assert loaded.keys.tolist() == list(range(60))


def test_nothing_joined_is_nothing() -> None:
    assert len(join([]).documents_passing(Predicate())) == 0


def test_a_tag_in_two_cases_files_a_document_once() -> None:
    [one] = some_papers(Random(1), 1)
    assert labels_of(replace(one, tags=("Fees", "fees", "FEES"))).count(("tag", "Fees")) == 1
    assert [value for field, value in labels_of(replace(one, tags=("Fees", "fees"))) if field == "tag"] == ["Fees"]
