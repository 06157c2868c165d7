"""The sample association keeps what its plan promises: counts, honest judgements, prose that does not repeat itself."""

import csv
import hashlib
import json
import re
from collections import Counter, defaultdict
from functools import cache

import pypdfium2
import pytest
import Stemmer
from bs4 import BeautifulSoup

from eval.datasets import read_dataset
from eval.sample.documents import FOLDER, SampleDocument, read_documents
from eval.sample.site import MEMBERS_AUTHORIZATION, SampleSite

STOP_WORDS = frozenset(
    """
    a about after again all also an and any are as at be because been before being but by can could did do does each
    for from get had has have he her here him his how i if in into is it its itself just many may me more most much
    must my no nor not of off on once one only or other our out over own she should so some such than that the their
    them then there these they this those to too under until up us very was we were what when where which while who
    whom whose why will with would you your
    """.split()
)
MINIMUM_BY_KIND = {"short": 15, "long": 15, "acronym": 15, "paraphrase": 15, "date": 15, "two-document": 15}
LIVE = [document for document in read_documents() if not document.state]
LIVE_BY_ID = {document.id: document for document in LIVE}


@cache
def text_of(document: SampleDocument) -> str:
    """What a reader of the publication reads, white space made single."""
    if not document.is_pdf:
        return " ".join(BeautifulSoup(document.html, "lxml").get_text().split())
    with pypdfium2.PdfDocument(document.file) as pdf:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def json_rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def content_stems(text: str) -> set[str]:
    words = (word for word in words_of(text) if word not in STOP_WORDS)
    return set(Stemmer.Stemmer("english").stemWords([word for word in words if len(word) > 2 or word.isdigit()]))


QUERIES = json_rows("queries.jsonl")
ANSWERABLE = [query for query in QUERIES if query["metadata"]["answerable"]]
PUBLIC = [query for query in ANSWERABLE if query["metadata"]["audience"] == "public"]
UNANSWERABLE = [query for query in QUERIES if not query["metadata"]["answerable"]]


def test_there_is_enough_of_it():
    assert len(LIVE) >= 60
    assert sum(document.is_pdf for document in LIVE) >= 6
    assert sum(document.audience == "members" for document in LIVE) == 8
    assert len(PUBLIC) == 120
    assert len(UNANSWERABLE) == 30
    assert len({row["article"] for row in rows("related.tsv")}) >= 40


def test_every_kind_of_question_is_asked_often_enough():
    asked = Counter(query["metadata"]["kind"] for query in PUBLIC)
    assert all(asked[kind] >= least for kind, least in MINIMUM_BY_KIND.items())
    assert sum(asked.values()) == sum(asked[kind] for kind in MINIMUM_BY_KIND)


def test_the_articles_are_the_documents_that_can_be_read():
    assert json_rows("articles.jsonl") == [
        {"_id": d.id, "url": d.url, "title": d.title, "date": d.date, "kind": d.kind, "audience": d.audience}
        for d in LIVE
    ]


def test_the_plan_names_every_document():
    plan = (FOLDER / "PLAN.md").read_text(encoding="utf-8")
    assert [document.id for document in read_documents() if f"`{document.id}`" not in plan] == []


@pytest.mark.parametrize("document", [d for d in LIVE if not d.is_pdf], ids=lambda document: document.id)
def test_a_page_has_between_250_and_900_words(document):
    assert 250 <= len(text_of(document).split()) <= 900


def test_a_pdf_has_several_pages_and_the_scan_has_no_text():
    for document in read_documents():
        if document.is_pdf:
            with pypdfium2.PdfDocument(document.file) as pdf:
                assert len(pdf) >= 3 or document.state == "scan", document.id
                assert bool(text_of(document)) == (document.state != "scan"), document.id


@pytest.mark.parametrize("document", [d for d in LIVE if d.is_pdf], ids=lambda document: document.id)
def test_a_pdf_says_what_its_source_says(document):
    source = Counter(words_of(BeautifulSoup(document.html, "lxml").get_text(" ")))
    assert source - Counter(words_of(text_of(document))) == Counter()


def test_no_nine_words_repeat_between_documents_unless_declared():
    declared = {frozenset((row["document"], row["other"])) for row in rows("repeats.tsv")}
    holders = defaultdict(set)
    for document in LIVE:
        words = words_of(text_of(document))
        for start in range(len(words) - 8):
            holders[" ".join(words[start : start + 9])].add(document.id)
    repeated = {words: ids for words, ids in holders.items() if len(ids) > 1 and frozenset(ids) not in declared}
    assert repeated == {}
    assert declared == {frozenset(ids) for ids in holders.values() if len(ids) > 1}


@pytest.mark.parametrize("query", ANSWERABLE, ids=lambda query: query["_id"])
def test_every_gold_sentence_stands_in_its_document(query):
    assert query["metadata"]["gold"]
    for gold in query["metadata"]["gold"]:
        assert gold["sentence"] in text_of(LIVE_BY_ID[gold["article"]])


@pytest.mark.parametrize("split", ["dev", "test", "members"])
def test_the_judgements_read_as_a_data_set_and_agree_with_the_gold(split):
    dataset = read_dataset(FOLDER, split)
    asked = {query["_id"]: query["metadata"] for query in ANSWERABLE if query["metadata"]["split"] == split}
    assert dataset.qrels.keys() == asked.keys()
    for id, judged in dataset.qrels.items():
        assert judged.keys() <= LIVE_BY_ID.keys()
        assert set(judged.values()) <= {1, 2}
        assert {gold["article"] for gold in asked[id]["gold"]} <= {
            article for article, grade in judged.items() if grade == 2
        }


def test_public_questions_are_answered_in_public():
    for query in PUBLIC:
        assert {LIVE_BY_ID[gold["article"]].audience for gold in query["metadata"]["gold"]} == {"public"}


def test_two_document_questions_need_two_documents():
    for query in PUBLIC:
        if query["metadata"]["kind"] == "two-document":
            assert len({gold["article"] for gold in query["metadata"]["gold"]}) >= 2


def test_paraphrases_share_no_content_word_with_their_gold_sentence():
    for query in PUBLIC:
        if query["metadata"]["kind"] == "paraphrase":
            for gold in query["metadata"]["gold"]:
                assert content_stems(query["text"]) & content_stems(gold["sentence"]) == set(), query["text"]


def test_no_question_repeats_a_title():
    for query in QUERIES:
        asked, stems = f" {' '.join(words_of(query['text']))} ", content_stems(query["text"])
        for document in LIVE:
            assert f" {' '.join(words_of(document.title))} " not in asked, query["text"]
            assert stems != content_stems(document.title), query["text"]


def test_unanswerable_questions_use_the_words_of_the_publications():
    vocabularies = [content_stems(text_of(document)) for document in LIVE if document.audience == "public"]
    for query in UNANSWERABLE:
        assert max(len(content_stems(query["text"]) & words) for words in vocabularies) >= 2, query["text"]
        assert query["metadata"]["gold"] == []


def test_the_split_is_decided_by_a_hash_of_the_id():
    for query in QUERIES:
        even = hashlib.sha256(query["_id"].encode()).digest()[0] % 2 == 0
        expected = "members" if query["metadata"]["audience"] == "members" else "test" if even else "dev"
        assert query["metadata"]["split"] == expected


def test_related_judgements_are_public_and_never_of_the_page_itself():
    public = {document.id for document in LIVE if document.audience == "public"}
    pairs = [(row["article"], row["related-article"]) for row in rows("related.tsv")]
    assert len(set(pairs)) == len(pairs)
    assert all(article != other and {article, other} <= public for article, other in pairs)
    assert {row["grade"] for row in rows("related.tsv")} == {"1", "2"}


def test_every_internal_link_resolves():
    site = SampleSite("http://sample.invalid")
    targets = set()
    for document in LIVE:
        if not document.is_pdf:
            page = BeautifulSoup(site.reply(document.url, MEMBERS_AUTHORIZATION).body, "lxml")
            for link in page.find_all("a", href=True):
                path, _, anchor = link["href"].partition("#")
                targets.add(path or document.url)
                assert not anchor or page.find(id=anchor), f"{document.id} -> {link['href']}"
    dead = {path for path in targets if site.reply(path, MEMBERS_AUTHORIZATION).status not in {200, 410}}
    assert dead == set()
    assert "/articles/reopening-checklist-2020/" in targets


def test_the_whole_sample_is_small():
    assert (
        sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc") < 1_500_000
    )
