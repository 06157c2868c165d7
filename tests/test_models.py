"""Another model beside the one in force: compared on judged questions, then put in its place, and back."""

import json
import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from killing import killed
from room import BagEncoder, Room, some_papers

from eval.homes import Workshop
from eval.judge import Judgement
from eval.models import judged_questions
from eval.sources import open_dataset
from index.catalog import Catalog
from index.embed import load_reference
from index.errors import WrongModel
from index.generation import current_folder, open_current
from index.search import Searcher
from index.weights import DEFAULT_MODEL
from ingest.records import Audience
from service import backup, encoders, pipeline
from service.cli import muniment
from service.config import CHOICE_FILE, choose_model, read_settings
from service.encoders import serving_encoder
from service.errors import BadSetting
from service.feedback import FeedbackBook, Opinion
from service.home import BESIDE, Home, open_home, with_model
from service.pipeline import beside, publish_home, silent, switch
from service.serving import ServingDesk

SAMPLE = Path(__file__).resolve().parents[1] / "eval" / "sample"
DAY = date(2026, 5, 1)


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of half as many layers as the packaged one."""
    folder = tmp_path_factory.mktemp("second") / "half"
    model = load_reference(DEFAULT_MODEL)
    layers = model[0].auto_model
    layers.encoder.layer, layers.config.num_hidden_layers = layers.encoder.layer[:3], 3
    model.save(str(folder))
    return folder


@pytest.fixture
def home(sample_home: Home, tmp_path: Path) -> Home:
    """The sample association's home, to be changed."""
    shutil.copytree(sample_home.path, tmp_path / "home")
    return open_home(tmp_path / "home")


def publish(home: Home, *arguments: object) -> Result:
    return CliRunner().invoke(muniment, ["publish", "--home", str(home.path), *map(str, arguments)])


def in_force(home: Home) -> list[tuple[str, str]]:
    manifests = (open_current(home.generations, audience)[1] for audience in Audience)
    return [(one.id, one.encoder.model) for one in manifests]


def vectors(home: Home) -> int:
    with closing(Catalog(home.catalog)) as catalog:
        return catalog.count()["vectors"]


def test_another_model_is_compared_then_switched_to_and_back_while_the_service_goes_on(
    home: Home, second: Path
) -> None:
    desk, before, encoded = ServingDesk(home, Audience.PUBLIC), in_force(home), vectors(home)
    made = publish(home, "--model", second, "--judged", SAMPLE, "--json")
    assert made.exit_code == 0, made.output
    facts = json.loads(made.stdout)
    compared, after = facts["compared"], in_force(home)
    assert (
        f"{compared['baseline_mean']:.4f} with {DEFAULT_MODEL}, {compared['other_mean']:.4f} with {second}"
        in made.stderr
    )
    assert [id for id, _ in after] == [facts[audience]["generation"] for audience in Audience]
    assert {model for _, model in after} == {str(second)} and vectors(home) == 2 * encoded
    assert compared["queries"] == len(open_dataset(SAMPLE).judged)
    assert 0 < compared["other_mean"] != compared["baseline_mean"] and compared["p_randomisation"] <= 1

    assert desk.refresh() and not desk.degraded and desk.searcher.generation == after[0][0]
    assert desk.ask("Do we charge for late books?", desk.searcher).state == "answered"
    again = open_home(home.path)
    assert ServingDesk(again, Audience.MEMBERS).searcher.manifest.encoder.model == str(second)
    assert publish(home).exit_code == 0 and in_force(home) == after

    back = publish(home, "--model", DEFAULT_MODEL, "--unmeasured")
    assert back.exit_code == 0, back.output
    assert in_force(home) == before and vectors(home) == 2 * encoded
    assert desk.refresh() and desk.searcher.generation == before[0][0]
    assert open_home(home.path).settings.model.name == DEFAULT_MODEL


def test_without_judged_questions_nothing_is_made_and_the_way_on_is_named(home: Home, second: Path) -> None:
    before, encoded = in_force(home), vectors(home)
    said_no = Opinion(DAY, before[0][0], "Charges?", "answered", False, "", (("x", "http://a/x"),))
    FeedbackBook(home.desk).add(said_no)
    made = publish(home, "--model", second)
    assert "--judged" in str(made.exception) and "--unmeasured" in str(made.exception)
    assert (in_force(home), vectors(home)) == (before, encoded)
    assert not (home.path / CHOICE_FILE).exists()


def test_what_readers_and_staff_said_is_what_models_are_compared_by(home: Home, tmp_path: Path) -> None:
    with closing(Catalog(home.catalog)) as catalog:
        one = next(catalog.editions(Audience.PUBLIC)).current
    FeedbackBook(home.desk).add(Opinion(DAY, "g", "Charges?", "answered", True, "", ((one.id, one.url),)))
    told = judged_questions(home, None, "test")
    assert list(told.qrels.values()) == [{one.id: 2}] and [query.text for query in told.judged] == ["Charges?"]
    assert [id for id, _ in Workshop(told, home, silent).open("hybrid").rank(told.judged[0], 100) if id == one.id]
    written = open_dataset(SAMPLE)
    query, (document, *_) = next(iter(written.qrels)), next(iter(written.qrels.values()))
    ledger = home.path / "eval" / "judgements" / "sample-test.jsonl"
    ledger.parent.mkdir(parents=True, exist_ok=True)
    graded = Judgement(datetime(2026, 5, 1, tzinfo=UTC), "A", query, document, 3)
    ledger.write_bytes(msgspec.json.encode(graded) + b"\n")
    candidate = Judgement(datetime(2026, 5, 1, tzinfo=UTC), "A", "c-of-their-own", document, 3)
    with ledger.open("ab") as more:
        more.write(msgspec.json.encode(candidate) + b"\n")
    held = judged_questions(home, SAMPLE, "test")
    assert held.qrels[query][document] == 3 and len(list(held.judged)) == len(held.qrels)


@pytest.mark.parametrize("arguments", ["--judged x", "--unmeasured", "--model x --judged x --unmeasured"])
def test_options_that_do_not_go_together_are_a_usage_error(tmp_path: Path, arguments: str) -> None:
    given = [str(SAMPLE) if word == "x" else word for word in arguments.split()]
    done = publish(open_home(tmp_path), *given)
    assert done.exit_code == 2 and "--unmeasured" in done.output


def test_a_model_that_is_not_here_is_told_before_anything_is_done(home: Home) -> None:
    before = in_force(home)
    made = publish(home, "--model", "no/such-model", "--unmeasured")
    assert isinstance(made.exception, WrongModel) and in_force(home) == before


# From here on models are bags of words, by whatever name the settings have.


@pytest.fixture
def bags(monkeypatch: pytest.MonkeyPatch) -> None:
    use_bags(monkeypatch)


def use_bags(patch: pytest.MonkeyPatch) -> None:
    def opened(home: Home, threads: int = 1) -> Any:
        return BagEncoder(home.settings.model.name, 8 * len(home.settings.model.name))

    patch.setattr(encoders, "open_encoder", opened)


def named(folder: Path, model: str) -> Home:
    """The home at ``folder`` after an editor named a model in its settings."""
    folder.mkdir(exist_ok=True)
    (folder / "muniment.toml").write_text(f'[model]\nname = "{model}"\nsha256 = "{"0" * 64}"\n')
    return open_home(folder)


def filled(folder: Path) -> Home:
    home = named(folder, "bags")
    Room(folder).put(*some_papers(Random(1), 6))
    publish_home(home, encoders.open_encoder(home))
    return home


def change(home: Home, model: str) -> None:
    other = beside(home, model)
    switch(other, encoders.open_encoder(other), publish_home(other, encoders.open_encoder(other)))


def answering(home: Home) -> list[str]:
    """The model by which each audience is answered, by a process that starts now."""
    names = []
    for audience in Audience:
        folder, manifest = open_current(home.generations, audience)
        with closing(Searcher(folder, manifest, serving_encoder(open_home(home.path), manifest))) as searcher:
            assert searcher.search("guardian order").total
        names.append(manifest.encoder.model)
    return names


def a_change(folder: str) -> None:
    """The work of the process that is killed."""
    with pytest.MonkeyPatch.context() as patch:
        use_bags(patch)
        change(open_home(Path(folder)), "others")


@pytest.mark.slow
def test_killed_anywhere_an_index_of_either_model_answers_and_the_next_run_completes(
    tmp_path: Path, bags: None
) -> None:
    filled(tmp_path / "base")
    among = killed("test_models.a_change", 0, shutil.copytree(tmp_path / "base", tmp_path / "whole"))
    mixed = set()
    for point in (among // 2, *range(among - 30, among + 1, 10)):
        tried = open_home(shutil.copytree(tmp_path / "base", tmp_path / f"{point}"))
        assert killed("test_models.a_change", point, tried.path) == 0
        mixed.add(tuple(answering(tried)))
        change(open_home(tried.path), "others")
        assert answering(tried) == ["others", "others"] and not (tried.path / BESIDE).exists()
    assert {("bags", "bags"), ("others", "others")} <= mixed


def test_broken_off_between_the_audiences_each_is_answered_by_its_own_model(
    tmp_path: Path, bags: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, left = filled(tmp_path), [pipeline.put_in_force]

    def once(*which: Any) -> Path:
        return left.pop()(*which)

    with monkeypatch.context() as patch, pytest.raises(IndexError):
        patch.setattr(pipeline, "put_in_force", once)
        change(home, "others")
    assert answering(home) == ["others", "bags"]
    again = open_home(tmp_path)
    publish_home(again, encoders.open_encoder(again))
    assert answering(home) == ["others", "others"]


def test_a_start_that_goes_by_the_settings_alone_is_found_out(
    tmp_path: Path, bags: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = filled(tmp_path)
    choose_model(tmp_path, "others")  # and killed there
    assert answering(home) == ["bags", "bags"]
    monkeypatch.setattr(encoders, "model_was_chosen", lambda _: False)
    with pytest.raises(WrongModel):
        answering(home)


def test_a_choice_holds_until_the_settings_name_another_model(tmp_path: Path, bags: None) -> None:
    home = filled(tmp_path)
    change(home, "others")
    settings = open_home(tmp_path).settings.model
    assert (settings.name, settings.sha256) == ("others", "")
    assert read_settings(tmp_path).origins["model.name"] == str(tmp_path / CHOICE_FILE)
    third = named(tmp_path, "third")
    assert third.settings.model.name == "third" and third.settings.model.sha256
    with pytest.raises(WrongModel, match="muniment publish"):
        answering(third)
    publish_home(third, encoders.open_encoder(third))
    assert answering(third) == ["third", "third"]
    # Set back, the file means what it says.
    assert named(tmp_path, "bags").settings.model.name == "bags"


def test_the_pinned_hash_holds_again_for_the_model_that_it_was_pinned_for(tmp_path: Path, bags: None) -> None:
    home = filled(tmp_path)
    change(home, "others")
    change(open_home(tmp_path), "bags")
    assert open_home(tmp_path).settings.model == home.settings.model
    assert answering(home) == ["bags", "bags"]


def test_a_choice_also_takes_the_place_of_a_model_that_the_environment_names(
    tmp_path: Path, bags: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = filled(tmp_path)
    monkeypatch.setenv("MUNIMENT_MODEL_NAME", "others")
    publish_home(open_home(tmp_path), encoders.open_encoder(open_home(tmp_path)))
    change(open_home(tmp_path), "third")
    assert answering(home) == ["third", "third"] and open_home(tmp_path).settings.model.name == "third"
    monkeypatch.delenv("MUNIMENT_MODEL_NAME")
    assert open_home(tmp_path).settings.model == home.settings.model


def test_a_broken_choice_is_named(tmp_path: Path) -> None:
    (tmp_path / CHOICE_FILE).write_text("{")
    with pytest.raises(BadSetting, match=CHOICE_FILE):
        open_home(tmp_path)


def test_what_a_killed_process_left_beside_goes_with_the_next_publishing(tmp_path: Path, bags: None) -> None:
    home = filled(tmp_path)
    other = with_model(home, "others", BESIDE)
    publish_home(other, encoders.open_encoder(other))
    assert current_folder(other.generations, Audience.PUBLIC) and answering(home) == ["bags", "bags"]
    publish_home(home, encoders.open_encoder(home))
    assert not other.generations.exists()


def test_a_backup_knows_the_choice(tmp_path: Path) -> None:
    Room(tmp_path / "home")
    choose_model(tmp_path / "home", "others")
    backup.back_up(open_home(tmp_path / "home"), tmp_path / "kept")
    backup.restore(tmp_path / "kept", open_home(tmp_path / "again"))
    assert open_home(tmp_path / "again").settings.model.name == "others"
