"""Systems under measurement: what they return is what evaluators see, and the baselines do what their names say."""

import json
import math
import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from room import BagEncoder

from eval.baselines import Bare, Bm25, Windows, cut, fused_system, min_max, reciprocal_rank
from eval.compare import fingerprint, open_floors
from eval.datasets import read_dataset
from eval.errors import BadData, EvalError
from eval.records import Query, Text
from eval.sources import read_related
from eval.systems import emit, run_system
from index.records import Parts
from service.cli import muniment
from service.home import Home, open_home

TEXTS = [
    Text("carers", "Kinship carers", "Grandparents who raise children need a special guardianship order. " * 3),
    Text("budget", "The budget", "The council cut the budget for libraries by ten per cent."),
    Text("buses", "School buses", "School transport costs have doubled since the tariff of 2015."),
    Text("empty", "A title alone", ""),
]


def ask(text: str) -> Query:
    return Query("q", text)


def bare() -> Bare:
    windows, encoder = Windows(TEXTS), BagEncoder()
    return Bare(windows, encoder, encoder.encode_passages(windows.texts, lambda _: None))


@pytest.mark.parametrize(("words", "windows"), [(0, 1), (1, 1), (150, 1), (180, 1), (181, 2), (330, 2), (331, 3)])
def test_windows_cover_a_text_and_repeat_its_title(words: int, windows: int) -> None:
    text = [f"w{n}" for n in range(words)]
    found = list(cut("The title", " ".join(text)))
    assert len(found) == windows
    assert all(window.startswith("The title") for window in found)
    assert {word for window in found for word in window.split()} == {"The", "title", *text}


def test_bm25_by_hand() -> None:
    texts = [Text("a", "", "cat dog dog"), Text("b", "", "bird")]
    ((id, score),) = Bm25(Windows(texts)).rank(ask("dogs"), 10)
    idf, length_norm = math.log(1 + 1.5 / 1.5), 1 - 0.75 + 0.75 * 3 / 2
    assert (id, score) == ("a", pytest.approx(idf * 2 / (2 + 1.2 * length_norm)))


def test_bm25_returns_only_what_has_a_word_of_the_question() -> None:
    assert Bm25(Windows(TEXTS)).rank(ask("Which tariffs?"), 10)[0][0] == "buses"
    assert Bm25(Windows(TEXTS)).rank(ask("zebra"), 10) == []
    assert Bm25(Windows(TEXTS)).rank(ask("the of and"), 10) == []


def test_a_word_asked_twice_counts_twice() -> None:
    once, twice = (Bm25(Windows(TEXTS)).rank(ask(text), 1)[0][1] for text in ("budget", "budget budget"))
    assert twice == pytest.approx(2 * once)


def test_the_bare_model_ranks_by_cosine_of_the_best_window() -> None:
    ranking = bare().rank(ask("The budget The council cut the budget for libraries by ten per cent."), 4)
    assert ranking[0] == ("budget", pytest.approx(1.0, abs=1e-5))
    assert len(ranking) == 4


def test_fusions_by_hand() -> None:
    falling = np.array([4.0, 3.0, 2.0])
    assert reciprocal_rank(falling).tolist() == [1 / 61, 1 / 62, 1 / 63]
    assert min_max(falling).tolist() == [1.0, 0.5, 0.0]
    assert min_max(np.array([2.0, 2.0])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["rrf", "minmax"])
def test_a_fusion_adds_what_each_leg_says(name: str) -> None:
    windows, leg = Windows(TEXTS), Bm25(Windows(TEXTS))
    ranking = dict(fused_system(name, windows, (leg, bare())).rank(ask("budget for libraries"), 4))
    assert max(ranking, key=lambda id: ranking[id]) == "budget"
    assert ranking["budget"] == pytest.approx({"rrf": 2 / 61, "minmax": 2.0}[name])


def test_a_document_is_emitted_at_its_first_place_and_scores_fall() -> None:
    ranking = emit([("a", 0.9), ("b", 0.9), ("a", 0.5), ("c", 0.95)], 3)
    assert [id for id, _ in ranking] == ["a", "b", "c"]
    assert ranking[0][1] > ranking[1][1] > ranking[2][1]
    assert ranking[2][1] == pytest.approx(0.9)


def test_a_run_made_elsewhere_is_a_system() -> None:
    system = run_system("theirs", {"q": {"a": 1.0, "b": 2.0}}, "/runs/theirs")
    assert system.rank(ask("anything"), 10) == [("b", 2.0), ("a", 1.0)]
    assert system.rank(Query("other", "x"), 10) == []


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": text.id, "title": text.title, "text": text.text} for text in TEXTS]
    shared = {"metadata": {"url": "https://one.example/page"}}
    (folder / "corpus.jsonl").write_text("".join(json.dumps({**row, **shared}) + "\n" for row in rows))
    questions = {"q1": "Who needs a special guardianship order?", "q2": "library budget cut", "q3": "unjudged"}
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": id, "text": text}) + "\n" for id, text in questions.items())
    )
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tcarers\t1\nq2\tbudget\t1\n")
    return folder


@pytest.fixture
def home(tmp_path: Path, models: Path) -> Path:
    shutil.copytree(models, tmp_path / "home" / "models")
    return tmp_path / "home"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(muniment, ["eval", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, object]]:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_system_answers_one_command(collection: Path, home: Path, tmp_path: Path) -> None:
    names = ["lexical", "dense", "hybrid", "bm25", "minilm", "rrf", "minmax"]
    made = run("run", collection, ",".join(names), "--home", home, "--run", tmp_path / "{system}.trec", "--json")
    results = lines(made)
    assert [result["system"] for result in results] == names
    for result in results:
        assert {"dataset", "system", "queries", "measures", "seconds", "manifest"} <= result.keys()
        assert (result["dataset"], result["queries"]) == ("tiny", 2)
        assert result["measures"]["nDCG@10"] == 1.0, result["system"]
        assert (tmp_path / f"{result['system']}.trec").read_text().splitlines()[0].startswith("q1 Q0 carers 1 ")
    assert "4 documents, 2 judged of 3 questions" in made.stderr

    for result in results[2:4]:
        assert lines(run("reproduce", result["run"], "--home", home, "--json"))[0]["equal"] is True
    kept = home / "eval" / "runs" / str(results[2]["run"]) / "result.json"
    assert run("gate", collection, "--baseline", kept, "--home", home).exit_code == 0
    raised = tmp_path / "raised.json"
    floor = json.loads(kept.read_text())
    floor["scores"]["per_query"]["nDCG@10"] = {"q1": 1.5, "q2": 1.5}
    raised.write_text(json.dumps(floor))
    assert run("gate", collection, "--baseline", raised, "--max-drop", 0.4, "--home", home).exit_code == 1
    assert run("gate", collection, "--baseline", raised, "--max-drop", 0.6, "--home", home).exit_code == 0
    floor["scores"]["per_query"]["nDCG@10"] = {"q1": 1.1, "q2": 0.9}  # the same on the whole, but for rounding
    raised.write_text(json.dumps(floor))
    assert run("gate", collection, "--baseline", raised, "--home", home).exit_code == 0

    compared = run("compare", *(result["run"] for result in results[:3]), "--home", home)
    assert "no difference shown" in compared.stdout
    assert "only 2 questions" in compared.stdout


def test_one_command_measures_every_data_set_and_pairs_of_texts_without_questions(
    collection: Path, home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "pairs"
    other.mkdir()
    shutil.copy(collection / "corpus.jsonl", other)
    rows = "carers\tbudget\t0.1\ncarers\tbuses\t0.3\nbudget\tbuses\t0.9\n"
    (other / "similarity.tsv").write_text("doc-a\tdoc-b\tsimilarity\n" + rows)
    found = lines(run("run", collection, other, "lexical", "bm25", "--home", home, "--json"))
    assert [(one["dataset"], one["system"]) for one in found] == [
        (name, system) for name in ("tiny", "pairs") for system in ("lexical", "bm25")
    ]
    for one in found[2:]:
        assert one["queries"] == 3
        assert one["self_matches_dropped"] > 0
        assert {"corpus.jsonl", "similarity.tsv"} == one["manifest"]["files"].keys()
    run("run", other, "hybrid", "--depth", 1, "--measure", "nDCG@1", "--run", tmp_path / "one.trec", "--home", home)
    ranked = (tmp_path / "one.trec").read_text().splitlines()
    assert len(ranked) == 3  # without itself each question has as many as others
    for one in found:
        assert one["footprint"]["index_bytes"] > 0
        assert one["footprint"]["peak_memory_bytes"] > 10_000_000
        assert one["timing"]["p50"] <= one["timing"]["p95"] <= one["timing"]["p99"]


def test_what_a_system_takes_is_told_beside_what_it_finds(collection: Path, home: Path) -> None:
    told = run("run", collection, "bm25", "--home", home).stdout
    for name in ("nDCG@10", "p50", "p95", "p99", "/s", "peak memory", "index", "MiB"):
        assert name in told


def test_leaving_parts_out_says_what_they_bring(collection: Path, home: Path) -> None:
    made = run("run", collection, "--ablate", "--home", home, "--json")
    names = ["hybrid", "lexical", "dense", *(f"hybrid-no-{part.name}" for part in fields(Parts))]
    assert [one["system"] for one in lines(made)] == names
    assert all(f"between {name} " in made.stderr for name in names[1:])


def test_a_data_set_is_read_before_any_is_measured(collection: Path, home: Path) -> None:
    assert isinstance(run("run", collection, "colbert", "--home", home).exception, EvalError)
    assert isinstance(run("run", collection, "--measure", "P(rel=0)@5", "--home", home).exception, EvalError)
    assert isinstance(run("run", collection, "--depth", 99, "--home", home).exception, EvalError)
    (broken := collection.parent / "broken").mkdir()
    assert isinstance(run("run", collection, broken, "--home", home).exception, BadData)
    assert isinstance(run("run", "nowhere", "--home", home).exception, BadData)
    assert not (home / "eval").exists()


def test_the_sample_association_is_measured_where_it_was_crawled(sample_home: Home) -> None:
    sample = Path(__file__).resolve().parents[1] / "eval" / "sample"
    (found,) = lines(run("run", sample, "bm25", "hybrid", "--home", sample_home.path, "--json"))[1:]
    assert found["measures"]["nDCG@10"] > 0.5
    assert found["facts"]["unknown_documents"] == []


SAMPLE = Path(__file__).resolve().parents[1] / "eval" / "sample"


@pytest.mark.parametrize("file", ["floors.json", "related-floors.json"])
def test_the_sample_association_keeps_its_floors(sample_home: Home, file: str) -> None:
    held = run("gate", SAMPLE, "--floors", SAMPLE / file, "--home", sample_home.path)
    assert (held.exit_code, held.stdout) == (0, "Every floor holds.\n"), held.stdout


def test_a_figure_below_its_floor_is_named_and_other_data_refused(collection: Path, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "floors.json"
    pinned = {"split": "test", "system": "bm25", "margin": 0.25, "measured": {"RR@10": 1.25}}
    gate = ("gate", collection, "--floors", file, "--home", home)

    def pin(**changed: object) -> None:
        file.write_text(json.dumps({**pinned, "data": fingerprint(read_dataset(collection)), **changed}))

    pin(data="")
    assert isinstance(run(*gate).exception, BadData)
    pin()
    assert run(*gate).exit_code == 0
    pin(margin=0.2)
    missed = run(*gate)
    assert missed.exit_code == 1
    assert missed.stdout == "bm25 RR@10: 1.0000 (95 % interval 1.0000 to 1.0000) is -0.2500 from the pinned 1.2500\n"
    with (collection / "queries.jsonl").open("a") as queries:
        queries.write('{"_id": "q4", "text": "one more"}\n')
    assert isinstance(run(*gate).exception, BadData)


@pytest.mark.parametrize("content", [None, "floors", "{}"])
def test_floors_that_are_none_are_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "floors.json").write_text(content)
    with pytest.raises(BadData):
        open_floors(tmp_path / "floors.json", tmp_path)


def test_human_similarities_are_correlated_with(collection: Path, home: Path) -> None:
    rows = "carers\tbudget\t0.1\ncarers\tbuses\t0.3\nbudget\tbuses\t0.9\n"
    (collection / "similarity.tsv").write_text("doc-a\tdoc-b\tsimilarity\n" + rows)
    (found,) = lines(run("related", collection, "mean-vector", "--home", home, "--json"))
    assert -1 <= found["measures"]["Pearson"] <= 1
    assert found["measures"]["pairs scored"] == 1.0
    (collection / "similarity.tsv").write_text("doc-a\tdoc-b\tsimilarity\ncarers\tbudget\t1\ncarers\tbuses\t1\n")
    (alike,) = lines(run("related", collection, "mean-vector", "--home", home, "--json"))
    assert "Pearson" not in alike["measures"]


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("links.tsv", "article\tlinked-article\ncarers\tnowhere\n", 2),
        ("links.tsv", "article\tlinked-article\ncarers\tcarers\n", 2),
        ("links.tsv", "from\tto\ncarers\tbudget\n", 1),
        ("related.tsv", "doc-id\trelated-id\tstrength\ncarers\tbudget\tNaN\n", 2),
        ("related.tsv", "doc-id\trelated-id\tstrength\n" + "carers\tbudget\t1\n" * 2, 3),
        ("related.tsv", "doc-id\trelated-id\tstrength\ncarers\tbudget\t0.4\n", 2),
        ("links.tsv", "article\tlinked-article\n", None),
        ("similarity.tsv", "doc-a\tdoc-b\tsimilarity\ncarers\tbudget\t\n", 2),
        ("similarity.tsv", "doc-a\tdoc-b\tsimilarity\ncarers\tbudget\t1\nbudget\tcarers\t1\n", 3),
    ],
)
def test_broken_pairs_are_refused_by_file_and_line(collection: Path, name: str, content: str, line: int) -> None:
    (collection / name).write_text(content)
    with pytest.raises(BadData) as refused:
        read_related(collection)
    assert refused.value.line == line


def test_links_count_in_both_directions(collection: Path) -> None:
    (collection / "links.tsv").write_text("article\tlinked-article\ncarers\tbudget\ncarers\tbudget\n")
    assert read_related(collection).qrels == {"carers": {"budget": 1}, "budget": {"carers": 1}}


def test_an_unknown_system_is_refused_by_name(collection: Path, home: Path) -> None:
    from eval.homes import Workshop
    from service.pipeline import silent

    with pytest.raises(EvalError, match="colbert"):
        Workshop(read_dataset(collection), open_home(home), silent).open("colbert")


def test_one_file_cannot_hold_two_runs(collection: Path, home: Path, tmp_path: Path) -> None:
    refused = run("run", collection, "bm25", "rrf", "--home", home, "--run", tmp_path / "run.trec")
    assert refused.exit_code == 2
    assert "{system}" in refused.stderr
