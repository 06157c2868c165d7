"""Which encoder a home uses: the compiled one, or sentence-transformers itself where that is asked for."""

from functools import lru_cache

from index.compiled import CompiledEncoder, compile_model, compiled_folder
from index.embed import Encoder, ReferenceEncoder
from index.errors import WrongModel
from index.generation import Manifest
from service.config import model_was_chosen
from service.errors import BadSetting
from service.home import Home, with_model

RUNTIMES = ("openvino", "torch")


def open_encoder(home: Home, threads: int = 1) -> Encoder:
    """The encoder that the settings name, converted first where that has not been done. For writing an index."""
    model = home.settings.model
    if model.runtime not in RUNTIMES:
        raise BadSetting(f"model.runtime to be one of {RUNTIMES}", repr(model.runtime), 'Use "openvino".')
    if model.runtime == "torch":
        return ReferenceEncoder(model.name, model.sha256 or None)
    return CompiledEncoder(compile_model(model.name, home.models, model.sha256 or None), threads)


def serving_encoder(home: Home, manifest: Manifest) -> Encoder:
    """The encoder that ``manifest`` was made with, without touching the model's own package or torch.

    Raises WrongModel where the settings now name another model, and none was chosen by publishing.
    """
    made, wanted = manifest.encoder, home.settings.model
    runtime = "torch" if made.runtime == "sentence-transformers" else "openvino"
    named = made.model == wanted.name or model_was_chosen(home.path)
    if not named or runtime != wanted.runtime:
        found = f"one made with {made.model} by {runtime}"
        remedy = "Run `muniment publish`, or set model.name and model.runtime back."
        raise WrongModel(f"an index made with {wanted.name} by {wanted.runtime}", found, remedy)
    folder = compiled_folder(home.models, made.weights)
    if runtime == "torch" or not folder.is_dir():
        return open_encoder(with_model(home, made.model))
    return _opened(folder)


# A newer generation is mostly made with the same model, which need not be loaded again.
_opened = lru_cache(maxsize=1)(CompiledEncoder)
