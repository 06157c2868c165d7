"""Data sets come back byte for byte, and whatever cannot be trusted is refused by file and line."""

import json
from pathlib import Path

import pytest

from eval.datasets import address_key, describe, read_dataset, write_dataset
from eval.errors import BadData
from eval.lines import digest
from eval.trec import format_run, read_run, read_topics, read_trec_qrels
from service.cli import run

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
CORPUS = '{"_id": "d1", "title": "One", "text": "first text"}\n{"_id": "d2", "title": "", "text": "second"}\n'
QUERIES = '{"_id": "q1", "text": "what is first?"}\n{"_id": "q2", "text": "¿qué?", "metadata": {"n": 1}}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\n"
ARTICLES = '{"_id": "a1", "url": "/blog/one.html"}\n{"_id": "a2", "file": "pdf/two.pdf", "url": null}\n'
RUN = "q1 Q0 d1 1 2.5 tag\nq1 Q0 d2 2 1.5 tag\n"
TOPICS = "<top>\n<num> Number: 51\n<title> Topic: subsidies < 5 %\n<desc> words\n</top>\n"
RUN_NAME, TOPICS_NAME, TREC_QRELS_NAME = "run.trec", "topics.txt", "qrels.txt"
GOOD = {
    "corpus.jsonl": CORPUS,
    "queries.jsonl": QUERIES,
    "qrels/test.tsv": QRELS,
    RUN_NAME: RUN,
    TOPICS_NAME: TOPICS,
    TREC_QRELS_NAME: "q1 0 d1 1\n",
}


def folder_of(folder: Path, files: dict[str, str | bytes | None]) -> Path:
    for name, content in files.items():
        if content is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read_all(folder: Path) -> None:
    read_dataset(folder)
    read_run(folder / RUN_NAME)
    read_topics(folder / TOPICS_NAME)
    read_trec_qrels(folder / TREC_QRELS_NAME)


BROKEN: list[tuple[str, str, str | bytes | None, int | None]] = [
    ("no queries file", "queries.jsonl", None, None),
    ("empty queries file", "queries.jsonl", "", None),
    ("query without id", "queries.jsonl", '{"text": "x"}\n', 1),
    ("query with an empty id", "queries.jsonl", '{"_id": "", "text": "x"}\n', 1),
    ("query with a number as id", "queries.jsonl", '{"_id": 7, "text": "x"}\n', 1),
    ("query id with white space", "queries.jsonl", '{"_id": "a b", "text": "x"}\n', 1),
    ("query id twice", "queries.jsonl", QUERIES + '{"_id": "q1", "text": "x"}\n', 3),
    ("query without text", "queries.jsonl", '{"_id": "q1"}\n', 1),
    ("query with blank text", "queries.jsonl", '{"_id": "q1", "text": "  "}\n', 1),
    ("query with a list as text", "queries.jsonl", '{"_id": "q1", "text": ["x"]}\n', 1),
    ("line that is not JSON", "queries.jsonl", QUERIES + "what?\n", 3),
    ("JSON cut off", "queries.jsonl", QUERIES + '{"_id": "q3", "te', 3),
    ("JSON that is no object", "queries.jsonl", QUERIES + "[1]\n", 3),
    ("blank line", "queries.jsonl", "\n" + QUERIES, 1),
    ("byte order mark", RUN_NAME, "\ufeff" + RUN, 1),
    ("Latin-1", "queries.jsonl", QUERIES.encode() + '{"_id": "q3", "text": "é"}\n'.encode("latin-1"), 3),
    ("UTF-16", "queries.jsonl", QUERIES.encode("utf-16"), 1),
    ("no corpus, no articles", "corpus.jsonl", None, None),
    ("empty corpus", "corpus.jsonl", "", None),
    ("document without id", "corpus.jsonl", CORPUS + '{"text": "x"}\n', 3),
    ("document id twice", "corpus.jsonl", CORPUS + '{"_id": "d1", "text": "x"}\n', 3),
    ("document with neither title nor text", "corpus.jsonl", CORPUS + '{"_id": "d3"}\n', 3),
    ("document with a number as text", "corpus.jsonl", CORPUS + '{"_id": "d3", "text": 3}\n', 3),
    ("document with a number as title", "corpus.jsonl", CORPUS + '{"_id": "d3", "title": 3, "text": "x"}\n', 3),
    ("metadata that is a text", "corpus.jsonl", CORPUS + '{"_id": "d3", "text": "x", "metadata": "m"}\n', 3),
    ("no judgements of the split", "qrels/test.tsv", None, None),
    ("empty qrels", "qrels/test.tsv", "", 1),
    ("qrels without header", "qrels/test.tsv", "q1\td1\t1\n", 1),
    ("qrels with another header", "qrels/test.tsv", "qid\tdid\tscore\nq1\td1\t1\n", 1),
    ("qrels with a header alone", "qrels/test.tsv", "query-id\tcorpus-id\tscore\n", None),
    ("qrels with spaces for tabs", "qrels/test.tsv", QRELS + "q1 d2 1\n", 4),
    ("qrels with a column too many", "qrels/test.tsv", QRELS + "q1\td2\t1\tx\n", 4),
    ("qrels with a column too few", "qrels/test.tsv", QRELS + "q1\td2\n", 4),
    ("grade NaN", "qrels/test.tsv", QRELS + "q1\td2\tNaN\n", 4),
    ("grade with decimals", "qrels/test.tsv", QRELS + "q1\td2\t0.5\n", 4),
    ("grade missing", "qrels/test.tsv", QRELS + "q1\td2\t\n", 4),
    ("judgement of an unknown question", "qrels/test.tsv", QRELS + "q9\td2\t1\n", 4),
    ("judgement twice", "qrels/test.tsv", QRELS + "q1\td1\t0\n", 4),
    ("judged document without id", "qrels/test.tsv", QRELS + "q1\t\t1\n", 4),
    ("empty run", RUN_NAME, "", None),
    ("run with five columns", RUN_NAME, RUN + "q1 Q0 d3 3 1.0\n", 3),
    ("run with a score NaN", RUN_NAME, RUN + "q1 Q0 d3 3 nan tag\n", 3),
    ("run with an endless score", RUN_NAME, RUN + "q1 Q0 d3 3 inf tag\n", 3),
    ("run with a word as score", RUN_NAME, RUN + "q1 Q0 d3 3 high tag\n", 3),
    ("run with a rank twice", RUN_NAME, RUN + "q1 Q0 d3 2 1.0 tag\n", 3),
    ("run with a document twice", RUN_NAME, RUN + "q1 Q0 d1 3 1.0 tag\n", 3),
    ("run with a rank that is no number", RUN_NAME, RUN + "q1 Q0 d3 third 1.0 tag\n", 3),
    ("two runs in one file", RUN_NAME, RUN + "q1 Q0 d3 3 1.0 other\n", 3),
    ("no run", RUN_NAME, None, None),
    ("topics without a topic", TOPICS_NAME, "<top>\n<num> 51\n", None),
    ("topic without title", TOPICS_NAME, TOPICS + "<top>\n<num> 52\n</top>\n", 6),
    ("topic twice", TOPICS_NAME, TOPICS + TOPICS, 6),
    ("TREC qrels with three columns", TREC_QRELS_NAME, "q1 0 d1 1\nq1 d2 1\n", 2),
    ("TREC qrels with a judgement twice", TREC_QRELS_NAME, "q1 0 d1 1\nq1 0 d1 1\n", 2),
    ("TREC qrels with a grade NaN", TREC_QRELS_NAME, "q1 0 d1 nan\n", 1),
    ("empty TREC qrels", TREC_QRELS_NAME, "", None),
]


def test_what_is_sound_is_read(tmp_path: Path) -> None:
    read_all(folder_of(tmp_path, dict(GOOD)))


@pytest.mark.parametrize(("name", "content", "line"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_broken_is_refused_by_file_and_line(
    tmp_path: Path, name: str, content: str | bytes | None, line: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    folder_of(tmp_path, {**GOOD, name: content})
    with pytest.raises(BadData) as refused:
        read_all(tmp_path)
    assert refused.value.line == line
    assert str(tmp_path) in str(refused.value)
    assert refused.value.remedy
    assert run(lambda: read_all(tmp_path)) == 65
    assert f"{refused.value.path}{f':{line}' if line else ''}: Expected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("articles", "line"),
    [
        ('{"url": "/x"}\n', 1),
        ('{"_id": "a1"}\n', 1),
        (ARTICLES + '{"_id": "a1", "url": "/y"}\n', 3),
        (ARTICLES + '{"_id": "a3", "url": ""}\n', 3),
        (ARTICLES + '{"_id": "a3", "file": "pdf/three.pdf"}\n', 3),
        (ARTICLES + json.dumps({"_id": "a3", "file": __file__}), 3),
        (ARTICLES + '{"_id": "a3", "url": "http://[x"}\n', 3),
    ],
    ids=["without id", "without address", "id twice", "empty address", "file missing", "file elsewhere", "no address"],
)
def test_a_broken_article_is_refused(tmp_path: Path, articles: str, line: int) -> None:
    folder_of(tmp_path, {**GOOD, "corpus.jsonl": None, "articles.jsonl": articles, "pdf/two.pdf": "%PDF"})
    with pytest.raises(BadData) as refused:
        read_dataset(tmp_path)
    assert refused.value.line == line


def test_a_folder_that_is_not_there_is_named_not_its_judgements(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="Expected the folder of a data set, found none"):
        read_dataset(tmp_path / "nowhere")


def test_a_folder_comes_out_as_it_went_in(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in", dict(GOOD))
    write_dataset(read_dataset(source), tmp_path / "out")
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        assert (tmp_path / "out" / name).read_bytes() == (source / name).read_bytes()


@pytest.mark.parametrize("name", ["scifact", "cisi", "squad2", "covidqa"])
def test_real_collections_come_out_as_they_went_in(tmp_path: Path, name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the collection {name} is not beside this checkout")
    write_dataset(read_dataset(SHARED / name), tmp_path)
    for file in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        assert (tmp_path / file).read_bytes() == (SHARED / name / file).read_bytes()


def test_a_run_comes_out_as_it_went_in(tmp_path: Path) -> None:
    ranking, tag = read_run(folder_of(tmp_path, {RUN_NAME: RUN}) / RUN_NAME)
    assert format_run(ranking, tag) == RUN


def test_topics_give_questions(tmp_path: Path) -> None:
    second = TOPICS.replace("51", "52").replace("title", "TITLE")
    topics = read_topics(folder_of(tmp_path, {TOPICS_NAME: TOPICS + second}) / TOPICS_NAME)
    assert {id: query.text for id, query in topics.items()} == dict.fromkeys(("51", "52"), "subsidies < 5 %")


def test_the_pages_of_a_site_are_known_by_their_path(tmp_path: Path) -> None:
    articles = ARTICLES + '{"_id": "a3", "url": "/blog/one.html"}\n'
    folder_of(tmp_path, {**GOOD, "corpus.jsonl": None, "articles.jsonl": articles, "pdf/two.pdf": "%PDF"})
    dataset = read_dataset(tmp_path)
    assert dataset.addresses == {"/blog/one.html": ("a1", "a3"), "/pdf/two.pdf": ("a2",), "/two.pdf": ("a2",)}
    assert dataset.files == (tmp_path / "pdf" / "two.pdf",)
    assert describe(dataset).shared_addresses == ("/blog/one.html",)


def test_of_two_files_of_one_name_each_is_told_by_its_bytes(tmp_path: Path) -> None:
    articles = '{"_id": "a1", "file": "2015/report.pdf"}\n{"_id": "a2", "file": "2016/report.pdf"}\n'
    papers = {"2015/report.pdf": "%PDF of 2015", "2016/report.pdf": "%PDF of 2016"}
    folder_of(tmp_path, {**GOOD, "corpus.jsonl": None, "articles.jsonl": articles, **papers})
    told = read_dataset(tmp_path).sha256
    assert {name: told[name] for name in papers} == {name: digest(text) for name, text in papers.items()}


@pytest.mark.parametrize(
    "url", ["/blog/one.html", "http://h:1/blog/one.html", "https://h/blog/one.html/?p=1#x", "blog/%6fne.html"]
)
def test_one_page_has_one_key(url: str) -> None:
    assert address_key(url) == "/blog/one.html"


def test_gaps_and_repetitions_are_told_before_any_figure(tmp_path: Path) -> None:
    rows = [{"_id": f"q{n}", "text": text} for n, text in enumerate(["same", "same", "leaked", "other"])]
    files = {
        "corpus.jsonl": CORPUS + '{"_id": "d3", "title": "One", "text": "first text"}\n',
        "queries.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq0\td1\t1\nq1\tnowhere\t0\nq2\td2\t-1\n",
        "qrels/train.tsv": "query-id\tcorpus-id\tscore\nq2\td1\t1\n",
    }
    facts = describe(read_dataset(folder_of(tmp_path, files)))
    assert (facts.documents, facts.queries, facts.judged_queries, facts.judgements) == (3, 4, 3, 3)
    assert facts.grades == {"-1": 1, "0": 1, "1": 1}
    assert facts.without_relevant == ("q1", "q2")
    assert facts.unknown_documents == ("nowhere",)
    assert (facts.repeated_texts, facts.repeated_queries) == (1, 1)
    assert facts.in_other_splits == ("q2",)
