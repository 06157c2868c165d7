"""The fast encoder: the model's graph compiled once by OpenVINO, run without torch.

Conversion is checked against sentence-transformers on a fixed set of texts; a graph that differs is refused. By setting
the graph computes in eight bits. Their ranges are those that the texts of calibration.txt reach, the same for every
home, so that the encoder's id says whose vectors they are.
"""

import importlib
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, TypeVar, cast

import msgspec
import numpy as np

from index.embed import EncoderSpec, OnBatch, Read, Spans, load_reference, read, reference_spec
from index.errors import Damaged, NoRoom, WrongModel
from index.files import check, digest, read_sealed, write_sealed
from index.records import Span, Vectors
from index.weights import check_weights, model_folder
from index.wording import Words, telling

Piece = TypeVar("Piece")
Keep = Callable[[int, Vectors, Sequence[Span]], None]
BATCH = 8
# Widths are multiples of this many word pieces: more is padded in vain, and a graph makes itself ready for each width
# that it meets, which with bf16 takes a question as long again as its encoding. See docs/measurements.md.
TILE = 8
_SPEC = "encoder.json"
_HEAL = "Run `muniment publish` to compile the model again."
# The least cosine to sentence-transformers over the texts below, by precision. What the processor takes by itself
# (bf16, f16 or f32) reaches .99998, eight bits .995.
MIN_COSINE = {"default": 0.9999, "int8": 0.99}
CALIBRATION = Path(__file__).parent / "calibration.txt"
CHECK_TEXTS = (
    "What did we say about special guardianship orders?",
    "SGO",
    "The committee met in Summer 2015 and agreed its response to the consultation on the Social Impact Fund (SIF).",
    "Directors asked for a single inspection framework. Members noted that caseloads had risen by 12.5% since 2013, "
    "that LSCB arrangements would change, and that CAMHS waiting times were longest in the two coastal areas. " * 4,
    "Cyfarfu'r pwyllgor yng Nghaerdydd ym mis Mai; Señora Núñez and Mr Łukasz O’Brien took part.",
    "1. Purpose\n2. Findings | 2016 | 2017\n3. £1,250,000",
)


class CompiledEncoder:
    """Runs a folder made by ``compile_model``. ``threads`` bounds the processor threads it may use."""

    def __init__(self, folder: Path, threads: int = 1, trusting: bool = False) -> None:
        openvino = _runtime()

        self.spec = read_spec(folder, trusting)
        self._tokenizer = tokenizer = _tokenizer(folder)
        self._size = lru_cache(100_000)(lambda word: len(tokenizer.encode(f" {word}", add_special_tokens=False)))
        # One stream for each thread: two one-thread streams encode more than one stream of two threads. Bound to a
        # processor, a question would wait for whatever else runs there.
        options = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads, "ENABLE_CPU_PINNING": False}
        self._graph = openvino.Core().compile_model(str(folder / "model.xml"), "CPU", options)
        self._request = self._graph.create_infer_request()
        self._queue = openvino.AsyncInferQueue(self._graph, threads + 1)
        # Requests to the graph are shared: two questions at once would read each other's answer.
        self._lock = Lock()

    def encode_query(self, text: str) -> tuple[Vectors, Words]:
        prefix = self.spec.query_prefix
        encoded = self._tokenizer.encode(prefix + text)
        ids = _cut(encoded.ids, self.spec.max_tokens)
        with self._lock:
            self._request.infer(_batch([ids]))
            vector = np.array(self._request.get_output_tensor(0).data[0], dtype=np.float32)
            pieces = np.array(self._request.get_output_tensor(1).data[0][: len(ids)], dtype=np.float32)
        return vector, telling(text, pieces, _cut(encoded.offsets, self.spec.max_tokens), len(prefix))

    def encode_passages(self, texts: Sequence[str], on_batch: OnBatch) -> Vectors:
        return self._encode(texts, lambda row, pieces, places: None, on_batch)

    def encode_sentences(self, texts: Sequence[str], sentences: Spans, on_batch: OnBatch) -> tuple[Vectors, list[Read]]:
        held: dict[int, Read] = {}

        def keep(row: int, pieces: Vectors, places: Sequence[Span]) -> None:
            held[row] = read(texts[row], pieces, places, sentences[row], len(self.spec.passage_prefix))

        vectors = self._encode(texts, keep, on_batch)
        return vectors, [held[row] for row in range(len(texts))]

    def _encode(self, texts: Sequence[str], keep: Keep, on_batch: OnBatch) -> Vectors:
        """The vector of each text; ``keep`` is given its row, and its word pieces with where these stand."""
        encoded = self._tokenizer.encode_batch([self.spec.passage_prefix + text for text in texts])
        ids = [_cut(one.ids, self.spec.max_tokens) for one in encoded]
        # Sorted by length, a batch pads little: the work follows the words.
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]), reverse=True)
        vectors = np.empty((len(ids), self.spec.dimension), dtype=np.float32)

        def store(request: Any, rows: list[int]) -> None:
            vectors[rows] = request.get_output_tensor(0).data
            for row, pieces in zip(rows, request.get_output_tensor(1).data, strict=True):
                keep(row, pieces[: len(ids[row])], _cut(encoded[row].offsets, self.spec.max_tokens))
            on_batch(len(rows))

        with self._lock:
            self._queue.set_callback(store)
            for at in range(0, len(order), BATCH):
                rows = order[at : at + BATCH]
                self._queue.start_async(_batch([ids[row] for row in rows]), rows)
            self._queue.wait_all()
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        # Word by word, each behind a space: no piece goes beyond one, and most words of a site were counted before.
        return [sum(map(self._size, text.split(" "))) for text in texts]


def compile_model(model: str, models: Path, pinned: str | None = None, precision: str = "default") -> Path:
    """Convert ``model`` into a folder below ``models``, once; returns that folder.

    ``precision`` is one of ``MIN_COSINE``. Raises WrongModel where the weights are not the pinned ones, where what int8
    needs is not installed, or where the compiled graph's vectors differ from sentence-transformers' by a cosine below
    that of ``MIN_COSINE``.
    """
    weights = check_weights(model, pinned)
    folder = compiled_folder(models, weights, precision)
    with suppress(Damaged):
        read_spec(folder)
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    building = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    building.mkdir(parents=True)
    try:
        _convert(model, weights, building, precision)
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder


def compiled_folder(models: Path, weights: str, precision: str = "default") -> Path:
    """Where the graph compiled from weights with this SHA-256 lies: it gives sentences their vectors too."""
    return models / f"{weights[:12]}-openvino-{'sentences' if precision == 'default' else precision}"


def read_spec(folder: Path, trusting: bool = False) -> EncoderSpec:
    """The spec of a compiled folder, after every file it names was checked by SHA-256. Raises Damaged.

    ``trusting`` leaves out what was not written since the spec was.
    """
    listing = folder / _SPEC
    kept = msgspec.json.decode(read_sealed(listing, _HEAL), type=_Compiled)
    check(folder, kept.files, _HEAL, listing if trusting else None)
    return kept.spec


class _Compiled(msgspec.Struct, frozen=True):
    spec: EncoderSpec
    files: dict[str, str]
    cosine: float


def _convert(model: str, weights: str, folder: Path, precision: str) -> None:
    openvino, quantize = _runtime(), _quantizer() if precision == "int8" else None
    reference = load_reference(model)
    shutil.copyfile(model_folder(model) / "tokenizer.json", folder / "tokenizer.json")
    spec = replace(reference_spec(reference, model, weights), runtime=f"openvino-{openvino.__version__.split('-')[0]}")
    traced = _trace(reference)
    graph = _quantized(traced, folder, spec, quantize) if quantize else traced
    try:
        openvino.save_model(graph, folder / "model.xml", compress_to_fp16=False)
    except RuntimeError as error:  # of a full disk it says no more than "iostream error"
        raise NoRoom(f"room for a model in {folder.parent}", str(error), "Make room on the disk.") from error
    files = {file.name: digest(file) for file in sorted(folder.iterdir())}
    # What is not in eight bits is computed in what the processor takes by itself.
    named = ("int8-" if quantize else "") + _precision(folder / "model.xml")
    spec = replace(spec, precision=named, id=f"{weights[:12]}-openvino-{named}")
    write_sealed(folder / _SPEC, msgspec.json.encode(_Compiled(spec, files, cosine=0.0)))
    cosine, least = _lowest_cosine(CompiledEncoder(folder), reference), MIN_COSINE[precision]
    if cosine < least:
        remedy = 'Set model.precision to "default", or model.runtime to "torch".'
        raise WrongModel(f"a cosine of at least {least}", f"{cosine:.5f}", remedy)
    write_sealed(folder / _SPEC, msgspec.json.encode(_Compiled(spec, files, cosine)))


def _quantizer() -> Any:
    """The package that makes a graph of eight bits. Raises WrongModel where it is not installed."""
    try:
        return importlib.import_module("nncf")
    except ModuleNotFoundError as error:
        remedy = 'Run `pip install "muniment[int8]"`, or set model.precision to "default".'
        raise WrongModel("the package nncf, which makes a graph of eight bits", str(error), remedy) from None


def _quantized(graph: Any, folder: Path, spec: EncoderSpec, nncf: Any) -> Any:
    texts = [spec.passage_prefix + text for text in CALIBRATION.read_text("utf-8").splitlines()]
    batches = [_batch([_cut(one.ids, spec.max_tokens)]) for one in _tokenizer(folder).encode_batch_fast(texts)]
    # Symmetric ranges: others take a twelfth longer, and their vectors are no nearer.
    options = {"preset": nncf.QuantizationPreset.PERFORMANCE, "model_type": nncf.ModelType.TRANSFORMER}
    # Attention in eight bits is no faster, and OpenVINO 2026.4 lets some widths of padding into it (cosine .8).
    scope = nncf.IgnoredScope(types=["ScaledDotProductAttention"])
    nncf.set_log_level(logging.ERROR)
    with redirect_stdout(sys.stderr):  # its bars are no result
        return nncf.quantize(graph, nncf.Dataset(batches), subset_size=len(batches), ignored_scope=scope, **options)


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _trace(reference: Any) -> Any:
    import torch
    from openvino.tools.ovc import convert_model

    class Sentence(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.reference = reference

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            out = self.reference(features)
            return torch.nn.functional.normalize(out["sentence_embedding"], dim=-1), out["token_embeddings"]

    example = {name: torch.ones((2, 16), dtype=torch.long) for name in ("input_ids", "attention_mask")}
    with torch.no_grad(), warnings.catch_warnings():
        # Tracing is deprecated and warns about every branch; what comes of it is compared with the original below.
        warnings.simplefilter("ignore")
        return convert_model(Sentence().eval(), example_input=example)


def _precision(graph: Path) -> str:
    compiled = _runtime().Core().compile_model(str(graph), "CPU")
    return {"bf16": "bf16", "f16": "f16"}.get(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name(), "f32")


def _lowest_cosine(compiled: CompiledEncoder, reference: Any) -> float:
    expected = np.asarray(reference.encode(list(CHECK_TEXTS), normalize_embeddings=True, prompt=""))
    found = compiled.encode_passages(CHECK_TEXTS, lambda _: None)
    return float((expected * found).sum(axis=1).min())


def _runtime() -> Any:
    """OpenVINO without its converter, which takes as long to read as all the rest and which only conversion needs."""
    # It reports its use to its makers unless the package that does so cannot be imported.
    sys.modules.setdefault("openvino_telemetry", cast(ModuleType, None))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    converter = "openvino.tools.ovc"
    unread = converter not in sys.modules
    sys.modules.setdefault(converter, cast(ModuleType, None))
    try:
        return importlib.import_module("openvino")
    finally:
        if unread:
            del sys.modules[converter]


def _batch(ids: list[list[int]]) -> dict[str, Any]:
    width = -(-max(map(len, ids)) // TILE) * TILE
    padded = np.zeros((len(ids), width), dtype=np.int64)
    mask = np.zeros((len(ids), width), dtype=np.int64)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return {"input_ids": padded, "attention_mask": mask}


def _cut(pieces: list[Piece], max_tokens: int) -> list[Piece]:
    """What stands within the window: the last piece closes any text."""
    return pieces if len(pieces) <= max_tokens else [*pieces[: max_tokens - 1], pieces[-1]]
