"""TREC folders and lists of questions are data sets too, read as strictly."""

from pathlib import Path

import pytest
from program import ROOT

from eval.datasets import read_dataset, write_dataset
from eval.errors import BadData
from eval.sources import open_dataset
from eval.systems import ids_of

CSV = 'question,address,by\n"What, and when?",https://a.example/one.html,x\nWho?,/two,y\n"What,  and when?",/three,z\n'
JSON = '[{"question": "What, and when?", "address": "/one.html"},\n {"question": "Who?", "address": "/two"}]'

SAMPLE = ROOT / "eval" / "sample"


def listed(tmp_path: Path, name: str, content: str) -> Path:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path / name


def test_a_csv_list_gives_questions_and_expected_pages(tmp_path: Path) -> None:
    dataset = open_dataset(listed(tmp_path, "ours.csv", CSV))
    assert [query.text for query in dataset.judged] == ["What, and when?", "Who?"]
    assert dataset.qrels == {"q1": {"/one.html": 1, "/three": 1}, "q2": {"/two": 1}}
    assert dataset.addresses["/two"] == ("/two",)


def test_a_json_list_gives_the_same(tmp_path: Path) -> None:
    assert open_dataset(listed(tmp_path, "ours.json", JSON)).qrels == {"q1": {"/one.html": 1}, "q2": {"/two": 1}}


def test_pages_that_only_their_query_tells_apart_are_two(tmp_path: Path) -> None:
    rows = "".join(f"Who?,https://a.example/{query}\n" for query in ("?p=1", "?utm_source=x&p=2", "?utm_source=x"))
    known = ids_of(open_dataset(listed(tmp_path, "ours.csv", f"question,address\n{rows}")))
    assert len({known(f"https://a.example/{query}") for query in ("", "?p=1", "?p=2")}) == 3
    assert known("https://a.example/") == ("/",)


def test_a_list_becomes_a_folder_that_reads_the_same(tmp_path: Path) -> None:
    dataset = open_dataset(listed(tmp_path, "ours.csv", CSV))
    write_dataset(dataset, tmp_path / "folder")
    again = read_dataset(tmp_path / "folder")
    assert (again.queries, again.qrels, again.addresses) == (dataset.queries, dataset.qrels, dataset.addresses)


def test_a_trec_folder_is_a_data_set(tmp_path: Path) -> None:
    listed(tmp_path, "topics.txt", "<top>\n<num> 51\n<title> fines\n</top>\n")
    listed(tmp_path, "qrels.txt", "51 0 d1 2\n")
    dataset = open_dataset(tmp_path)
    assert (dataset.queries["51"].text, dataset.qrels) == ("fines", {"51": {"d1": 2}})
    listed(tmp_path, "qrels.txt", "51 0 d1 2\n52 0 d1 1\n")
    with pytest.raises(BadData, match="52"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("l.csv", "", 1),
        ("l.csv", "q,a\nWho?,/x\n", 1),
        ("l.csv", "question,address\n", None),
        ("l.csv", "question,address\nWho?,/x\nWhat?\n", 3),
        ("l.csv", "question,address\nWho?,\n", 2),
        ("l.csv", "question,address\n ,/x\n", 2),
        ("l.csv", "question,address\nWho?,/x\nWho?,/x/\n", 3),
        ("l.csv", "question,address\nWho?,/x\nWhat?,http://[x\n", 3),
        ("l.csv", 'question,address\nWho?,/x\n"What?,/y\n', 3),
        ("l.json", "[", 1),
        ("l.json", '{"question": "Who?"}', 1),
        ("l.json", '["Who?"]', 1),
        ("l.json", '[{"question": "Who?", "address": "/x"}, {"question": "What?"}]', 2),
        ("l.json", '[{"question": 5, "address": "/x"}]', 1),
        ("l.json", "[]", None),
    ],
)
def test_a_broken_list_is_refused_by_file_and_line(tmp_path: Path, name: str, content: str, line: int | None) -> None:
    with pytest.raises(BadData) as refused:
        open_dataset(listed(tmp_path, name, content))
    assert refused.value.line == line


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"none\.csv"):
        open_dataset(tmp_path / "none.csv")


def test_a_site_is_converted_into_what_is_read_again(tmp_path: Path) -> None:
    read = open_dataset(SAMPLE)
    write_dataset(read, tmp_path / "sample")
    again = read_dataset(tmp_path / "sample")
    assert (again.qrels, {*again.queries}) == (read.qrels, {*read.queries})
    known = ids_of(again)
    assert all(known(f"http://localhost{path}") == read.addresses[path] for path in read.addresses if path[0] == "/")


def test_pairs_are_converted_into_questions(tmp_path: Path) -> None:
    read = open_dataset(SAMPLE, "related")
    write_dataset(read, tmp_path / "pairs")
    assert read_dataset(tmp_path / "pairs", "pairs").qrels == read.qrels


def test_an_address_with_a_space_is_an_id_without(tmp_path: Path) -> None:
    assert ids_of(open_dataset(SAMPLE))("file:a b.txt") == ("file:a%20b.txt",)
