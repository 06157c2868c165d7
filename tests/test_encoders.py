"""Which encoder the settings name; one precision after another, and nothing encoded twice."""

import shutil
import warnings
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from room import some_papers

from index.catalog import Catalog
from index.errors import WrongModel
from index.generation import Manifest, open_current
from ingest.records import Audience
from service.encoders import open_encoder, serving_encoder
from service.errors import BadSetting
from service.home import Home, open_home
from service.pipeline import publish_home, take_documents


def home_with(path: Path, **model: str) -> Home:
    return open_home(path, {f"model.{name}": value for name, value in model.items()})


@pytest.fixture
def published(models: Path, tmp_path: Path) -> Home:
    shutil.copytree(models, tmp_path / "models", ignore=shutil.ignore_patterns("*.tmp"))
    home = home_with(tmp_path)
    encoder = open_encoder(home)
    take_documents(home, some_papers(Random(1), 5), encoder)
    publish_home(home, encoder)
    return home


def manifest_of(home: Home) -> Manifest:
    return open_current(home.generations, Audience.PUBLIC)[1]


def encode(home: Home) -> int:
    """Publishes; how many passages had to be encoded for it."""
    encoder = open_encoder(home)
    with closing(Catalog(home.catalog)) as catalog:
        missing = catalog.unembedded(encoder.spec.id)
    publish_home(home, encoder)
    return len(missing)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"precision": "int4"}, r"model\.precision.*'default', 'int8'.*'int4'"),
        ({"runtime": "onnx"}, r"model\.runtime.*'openvino', 'torch'.*'onnx'"),
        ({"runtime": "torch", "precision": "int8"}, r"model\.precision.*'default',.*'int8'"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(published: Home, model: dict[str, str], said: str) -> None:
    home = home_with(published.path, **model)
    with pytest.raises(BadSetting, match=said):
        open_encoder(home)
    with pytest.raises(BadSetting, match=said):
        serving_encoder(home, manifest_of(published))


def test_an_index_of_another_precision_is_refused_with_the_remedy(published: Home) -> None:
    manifest = manifest_of(published)
    with pytest.raises(WrongModel, match=r"int8 precision.*default precision.*muniment publish"):
        serving_encoder(home_with(published.path, precision="int8"), manifest)
    eight = replace(manifest, encoder=replace(manifest.encoder, precision="int8-bf16"))
    with pytest.raises(WrongModel, match=r"default precision.*int8 precision.*muniment publish"):
        serving_encoder(published, eight)


def test_changing_back_and_forth_encodes_nothing_anew(published: Home) -> None:
    pytest.importorskip("nncf", reason="the extra int8 is not installed: no nncf")
    first, eight = manifest_of(published), home_with(published.path, precision="int8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert encode(eight) == first.passages
    second = manifest_of(eight)
    assert serving_encoder(eight, second).spec == second.encoder != first.encoder
    for home, manifest in ((published, first), (eight, second)):
        assert encode(home) == 0
        assert manifest_of(home).id == manifest.id
