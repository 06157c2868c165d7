"""The compiled encoder: the same vectors as sentence-transformers, from files that are checked."""

import hashlib
import json
import os
import resource
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.compiled import CALIBRATION, CHECK_TEXTS, MIN_COSINE, CompiledEncoder, compile_model, read_spec
from index.embed import ReferenceEncoder, load_reference
from index.errors import Damaged, NoRoom, WrongModel
from index.weights import DEFAULT_MODEL, PINNED_WEIGHTS, check_weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The converter traces with what torch and transformers now warn of.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile_model(DEFAULT_MODEL, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def encoder(folder: Path) -> CompiledEncoder:
    return CompiledEncoder(folder, threads=2)


def test_the_weights_are_the_published_ones() -> None:
    assert check_weights(DEFAULT_MODEL) == PINNED_WEIGHTS[DEFAULT_MODEL]


def test_other_weights_than_the_pinned_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(WrongModel, match="do not use"):
        compile_model(DEFAULT_MODEL, tmp_path, pinned="0" * 64)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_model_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(WrongModel, match=r"model\.name"):
        check_weights(str(tmp_path))


def test_vectors_are_those_of_sentence_transformers(encoder: CompiledEncoder) -> None:
    texts = [*CHECK_TEXTS, "A text of which nothing was said before.", "1,250 children in 2016"]
    expected = load_reference(DEFAULT_MODEL).encode(texts, normalize_embeddings=True)
    found = encoder.encode_passages(texts, lambda _: None)
    assert (expected * found).sum(axis=1).min() >= MIN_COSINE["default"]
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-3)


def test_a_vector_does_not_depend_on_its_batch_nor_on_its_way_in(encoder: CompiledEncoder) -> None:
    done: list[int] = []
    together = encoder.encode_passages(CHECK_TEXTS * 4, done.append)
    assert sum(done) == 4 * len(CHECK_TEXTS)
    for row, text in enumerate(CHECK_TEXTS):
        assert together[row] @ encoder.encode_query(text)[0] == pytest.approx(1, abs=2e-3)


def test_words_beyond_the_window_are_cut(encoder: CompiledEncoder) -> None:
    window = "order " * (encoder.spec.max_tokens - 2)
    assert encoder.count_tokens([window]) == [encoder.spec.max_tokens - 2]
    (vector, words), (longer, its) = map(encoder.encode_query, (window, window + "grant panel"))
    assert np.array_equal(vector, longer)
    # What closes the text stands for none of its words.
    assert its.spans == words.spans and np.array_equal(its.vectors, words.vectors)


def test_it_is_made_once(folder: Path) -> None:
    made = (folder / "model.bin").stat().st_mtime_ns
    assert compile_model(DEFAULT_MODEL, folder.parent) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == made


def test_a_flipped_bit_in_the_graph_is_refused(folder: Path) -> None:
    file = folder / "model.bin"
    sound = file.read_bytes()
    file.write_bytes(bytes([sound[0] ^ 1]) + sound[1:])
    try:
        with pytest.raises(Damaged, match="muniment publish"):
            read_spec(folder)
    finally:
        file.write_bytes(sound)


def test_who_trusts_hashes_only_what_was_written_since_the_model_was_sealed(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "model")
    file, sealed = copy / "model.bin", (copy / "encoder.json").stat().st_mtime_ns
    sound = file.read_bytes()
    file.write_bytes(bytes([sound[0] ^ 1]) + sound[1:])
    os.utime(file, ns=(sealed - 1, sealed - 1))
    assert read_spec(copy, trusting=True).model == DEFAULT_MODEL
    with pytest.raises(Damaged):
        read_spec(copy)
    os.utime(file)
    with pytest.raises(Damaged):
        read_spec(copy, trusting=True)


SENTENCES = ((0, 25), (26, 60))
TWO = "The committee met in May. It agreed that charges should end."


def test_a_sentence_is_the_mean_of_its_word_pieces_as_sentence_transformers_gives_them(
    encoder: CompiledEncoder,
) -> None:
    reference = load_reference(DEFAULT_MODEL)
    pieces = np.asarray(reference.encode([TWO], output_value="token_embeddings")[0])
    first = pieces[1 : 1 + encoder.count_tokens([TWO[:25]])[0]].mean(axis=0)
    whole, held = encoder.encode_sentences([TWO], [SENTENCES], lambda _: None)
    assert held[0].sentences[0] @ first / np.linalg.norm(first) == pytest.approx(1, abs=1e-4)
    assert np.linalg.norm(held[0].sentences, axis=1) == pytest.approx(1, abs=1e-4)
    assert np.array_equal(whole, encoder.encode_passages([TWO], lambda _: None))


def test_both_runtimes_give_a_sentence_the_same_direction(encoder: CompiledEncoder) -> None:
    expected = ReferenceEncoder(DEFAULT_MODEL).encode_sentences([TWO, "One."], [SENTENCES, ((0, 4),)], lambda _: None)
    found = encoder.encode_sentences([TWO, "One."], [SENTENCES, ((0, 4),)], lambda _: None)
    for ours, theirs in zip(found[1], expected[1], strict=True):
        assert (ours.sentences * theirs.sentences).sum(axis=1).min() >= MIN_COSINE["default"]
        assert ours.words.shape == theirs.words.shape
        assert (np.unpackbits(ours.words) == np.unpackbits(theirs.words)).mean() > 0.97


def test_a_sentence_beyond_the_window_has_no_direction(encoder: CompiledEncoder) -> None:
    text = "order " * encoder.spec.max_tokens + "Grant."
    _, held = encoder.encode_sentences([text], [((0, 5), (len(text) - 6, len(text)))], lambda _: None)
    assert held[0].sentences[0].any() and not held[0].sentences[1].any()


@pytest.fixture(scope="module")
def eight(folder: Path) -> Iterator[CompiledEncoder]:
    pytest.importorskip("nncf", reason="the extra int8 is not installed: no nncf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield CompiledEncoder(compile_model(DEFAULT_MODEL, folder.parent, precision="int8"), threads=2)


def test_eight_bits_are_refused_without_what_makes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nncf", None)
    with warnings.catch_warnings(), pytest.raises(WrongModel, match=r'pip install "muniment\[int8\]"'):
        warnings.simplefilter("ignore")
        compile_model(DEFAULT_MODEL, tmp_path, precision="int8")
    assert not list(tmp_path.iterdir())


def test_a_graph_further_off_than_its_bound_is_refused_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MIN_COSINE, "default", 1.01)
    with warnings.catch_warnings(), pytest.raises(WrongModel, match=r"a cosine of at least 1\.01"):
        warnings.simplefilter("ignore")
        compile_model(DEFAULT_MODEL, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_is_told_as_that_and_nothing_is_kept(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with warnings.catch_warnings(), pytest.raises(NoRoom, match="Make room"):
        warnings.simplefilter("ignore")
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, before[1]))
            compile_model(DEFAULT_MODEL, tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def test_eight_bits_are_calibrated_on_texts_that_never_change() -> None:
    """Others would give other vectors under the same id: they need a precision of another name."""
    assert hashlib.sha256(CALIBRATION.read_bytes()).hexdigest()[:16] == "28d7e1235fd3eb96"
    texts = CALIBRATION.read_text("utf-8").splitlines()
    assert len(texts) == len(set(texts)) == 48


def test_eight_bits_lie_beside_the_default_under_an_id_of_their_own(eight: CompiledEncoder, folder: Path) -> None:
    other = folder.with_name(folder.name.replace("sentences", "int8"))
    mine, its = read_spec(other), read_spec(folder)
    assert (mine, mine.id) == (eight.spec, its.id.replace(its.precision, f"int8-{its.precision}"))
    assert MIN_COSINE["int8"] <= json.loads((other / "encoder.json").read_text("utf-8"))["cosine"] < 1
    assert (other / "model.bin").stat().st_size < 0.3 * (folder / "model.bin").stat().st_size


def test_eight_bits_keep_order_and_count_and_come_near(eight: CompiledEncoder, encoder: CompiledEncoder) -> None:
    texts = [*CHECK_TEXTS, "A text of which nothing was said before.", "1,250 children in 2016"] * 3
    done: list[int] = []
    spans = [((0, len(text)),) for text in texts]
    found, held = eight.encode_sentences(texts, spans, done.append)
    expected, theirs = encoder.encode_sentences(texts, spans, lambda _: None)
    assert (sum(done), found.shape, len(held)) == (len(texts), expected.shape, len(texts))
    assert ((found @ expected.T).argmax(axis=1) % 8 == np.arange(len(texts)) % 8).all()
    assert (found * expected).sum(axis=1).min() >= 0.98
    assert min(float((one.sentences * two.sentences).sum()) for one, two in zip(held, theirs, strict=True)) >= 0.95
    for row, text in enumerate(texts[:8]):  # however much padding stood beside it
        assert found[row] @ eight.encode_query(text)[0] == pytest.approx(1, abs=2e-3)
