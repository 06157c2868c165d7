"""The bench of answers: what counts as said, what as refused, and figures by hand."""

import json
from dataclasses import replace

import pytest
from answers import GUARDIANS

from eval.answers import Outcome, ask_all, auroc, figures, risk_coverage, says
from eval.asked import Asked, Gold, read_asked
from eval.datasets import read_dataset
from eval.errors import BadData
from eval.records import Query

SILENT = Outcome(
    answerable=False,
    state="out_of_scope",
    chance=0.1,
    said=None,
    found=None,
    within=False,
    quotes=0,
    exact=0,
    supported=0,
    gold_documents=0,
    cited_documents=0,
    added=0.001,
)
DECEIVED = replace(SILENT, state="answered", chance=0.6, quotes=1, exact=1, added=0.003)
REFUSED = replace(
    SILENT, answerable=True, state="not_found", chance=0.2, said=3, within=True, gold_documents=1, added=0.002
)
SHOWN = {"quotes": 2, "exact": 2, "supported": 1, "gold_documents": 2, "cited_documents": 1}
RIGHT = replace(REFUSED, state="answered", chance=0.9, said=1, found=1, added=0.004, **SHOWN)


@pytest.mark.parametrize(
    ("text", "gold", "said"),
    [
        ("It was led by Rollo.", "Rollo", True),
        ("It was led by Rollo.", "Roll", False),
        ("In 1066 they came.", "106", False),
        ("The total stops at £6.", "£6", True),
        ("The next inspection is within approximately three years.", "within approximately 3 years", True),
        (
            "A priority action plan is required.",
            "Failings were found. A priority action plan is required. So be it.",
            True,
        ),
        ("Years.", "within approximately 3 years.", False),
        ("The members’ vote\nwas close.", "members' vote was close", True),
    ],
)
def test_gold_words_are_whole_words(text, gold, said):
    assert says(text, gold) is said


def test_figures_by_hand():
    found = figures([RIGHT, REFUSED, DECEIVED, SILENT])
    assert found["questions"] == 4
    assert found["answerable"] == 2
    assert (found["said@1"], found["said@3"]) == (0.5, 1.0)
    assert (found["found@1"], found["found@3"]) == (0.5, 0.5)
    assert (found["right"], found["false_refusals"], found["false_answers"]) == (0.5, 0.5, 0.5)
    assert found["auroc"] == 0.75
    assert (found["quotes"], found["quotes_exact"]) == (3, 1.0)
    assert (found["citation_precision"], found["citation_recall"]) == (0.5, 0.25)
    assert found["added_ms_p50"] == pytest.approx(2.5)
    assert found["states"] == {"answered": 2, "not_found": 1, "out_of_scope": 1}
    found = figures([replace(RIGHT, found=3), replace(RIGHT, found=4)])
    assert (found["found@3"], found["right"]) == (0.5, 1.0)


def test_where_nothing_can_be_meant_no_figure_is_made_up():
    found = figures([SILENT])
    assert found["said@1"] is None
    assert found["auroc"] is None
    assert found["quotes_exact"] is None


@pytest.mark.parametrize(
    ("yes", "no", "area"), [([1, 2], [0], 1.0), ([0], [1, 2], 0.0), ([1], [1], 0.5), ([1, 3], [2], 0.5)]
)
def test_auroc_counts_pairs(yes, no, area):
    assert auroc(yes, no) == area


def test_risk_falls_on_the_least_sure():
    assert risk_coverage([RIGHT, REFUSED, DECEIVED, SILENT], steps=4) == [
        (0.25, 0.0),
        (0.5, 0.5),
        (0.75, pytest.approx(1 / 3)),
        (1.0, 0.5),
    ]
    assert risk_coverage([replace(RIGHT, said=4), replace(DECEIVED, said=1)], steps=1) == [(1.0, 1.0)]


@pytest.fixture
def folder(tmp_path):
    def write(*metadata, spans=()):
        queries = [{"_id": f"q{i}", "text": f"Question {i}?", "metadata": one} for i, one in enumerate(metadata)]
        corpus = [{"_id": "d0", "title": "One", "text": "It was led by Rollo."}]
        for name, rows in (("queries", queries), ("corpus", corpus), ("qa", spans)):
            if rows:
                (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (tmp_path / "qrels").mkdir()
        (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq0\td0\t1\n")
        return read_dataset(tmp_path, "dev")

    return write


def test_gold_sentences_of_the_split_asked_for(folder):
    gold = [{"article": "d0", "sentence": "It was led by Rollo."}]
    mine = {"answerable": True, "split": "dev", "audience": "public", "gold": gold}
    unanswerable = {**mine, "answerable": False, "gold": []}
    asked = read_asked(folder(mine, {**mine, "split": "test"}, {**mine, "audience": "members"}, unanswerable))
    assert {one.query.id: one.gold for one in asked} == {"q0": (Gold("d0", "It was led by Rollo."),), "q3": ()}


def test_one_answer_for_every_relevant_document(folder):
    asked = read_asked(folder({"answerable": True, "answer": "Rollo"}))
    assert asked[0].gold == (Gold("d0", "Rollo"),)


def test_gold_spans_count_from_their_first_letter(folder):
    row = {"query_id": "q0", "doc_id": "d0", "answerable": True, "answers": [{"text": " Rollo ", "start": 13}]}
    assert read_asked(folder({}, spans=[row]))[0].gold == (Gold("d0", "Rollo", 14),)


def test_a_broken_span_is_named_by_its_line(folder):
    row = {"query_id": "q0", "doc_id": "d0", "answerable": True, "answers": [{"text": "Rollo"}]}
    with pytest.raises(BadData, match=r"qa\.jsonl:1: .*missing required field `start`"):
        read_asked(folder({}, spans=[row]))


@pytest.mark.parametrize("answers", [[], [{"text": "Rollo", "start": 13}], [{"text": " ", "start": 0}]])
def test_answers_that_do_not_stand_where_they_should_are_named(folder, answers):
    row = {"query_id": "q0", "doc_id": "d0", "answerable": True, "answers": answers}
    with pytest.raises(BadData, match=r"qa\.jsonl:1: .*stand where they begin"):
        read_asked(folder({}, spans=[row]))


def test_a_file_of_spans_without_a_row_is_refused(folder):
    dataset = folder({})
    (dataset.folder / "qa.jsonl").touch()
    with pytest.raises(BadData, match="questions of the split"):
        read_asked(dataset)


def test_a_question_without_gold_must_say_that_it_has_none(folder):
    with pytest.raises(BadData, match="none for q0"):
        read_asked(folder({}))


def test_a_document_sought_by_name_answers_with_any_sentence(folder):
    assert read_asked(folder({"answerable": True}))[0].gold == (Gold("d0", ""),)
    assert says("Whatever it says.", "")


def test_a_refused_question_is_neither_right_nor_quoted():
    assert figures([replace(RIGHT, quotes=0, supported=0)])["false_refusals"] == 1.0


WORDS = "before the order is made"
PLACE = GUARDIANS.text.index(WORDS)


@pytest.mark.parametrize(
    ("gold", "found", "within", "supported", "cited"),
    [
        (Gold("guardians", WORDS), 1, True, 1, 1),
        (Gold("guardians", WORDS, PLACE), 1, True, 1, 1),
        (Gold("guardians", WORDS, PLACE - 40), None, True, 0, 0),
        (Gold("guardians", WORDS, PLACE + 2), None, False, 0, 0),
        (Gold("elsewhere", WORDS), None, False, 0, 0),
    ],
    ids=["somewhere", "at its place", "begins before the quote", "ends behind its passage", "in another document"],
)
def test_what_comes_of_a_question_is_held_to_its_gold(library, gold, found, within, supported, cited):
    question = Query("q", "When should special guardians be assessed before an order is made?")
    clock, progress = iter(range(9)), []
    [one] = ask_all(
        [Asked(question, (gold, Gold("surveys", "nothing of this")))],
        library,
        lambda url: (url.rsplit("/", 1)[1],),
        clock.__next__,
        lambda *told: progress.append(told),
    )
    assert (one.answerable, one.state, one.said, one.found, one.within) == (True, "answered", 1, found, within)
    assert (one.quotes, one.exact, one.supported) == (1, 1, supported)
    assert (one.gold_documents, one.cited_documents) == (2, cited)
    assert (one.added, progress) == (1, [("ask", 1, 1)])
