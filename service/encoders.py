"""Which encoder a home uses: the compiled one, or sentence-transformers itself where that is asked for."""

from functools import lru_cache

from index.compiled import MIN_COSINE, CompiledEncoder, compile_model, compiled_folder
from index.embed import Encoder, ReferenceEncoder
from index.errors import WrongModel
from index.generation import Manifest
from service.config import ModelSettings, model_was_chosen
from service.errors import BadSetting
from service.home import Home, with_model

# By runtime.
PRECISIONS = {"openvino": tuple(MIN_COSINE), "torch": ("default",)}


def open_encoder(home: Home, threads: int = 1) -> Encoder:
    """The encoder that the settings name, converted first where that has not been done. For writing an index.

    Raises BadSetting for a runtime or a precision that there is not, WrongModel as ``compile_model`` does.
    """
    model = _known(home.settings.model)
    if model.runtime == "torch":
        return ReferenceEncoder(model.name, model.sha256 or None)
    return CompiledEncoder(compile_model(model.name, home.models, model.sha256 or None, model.precision), threads)


def serving_encoder(home: Home, manifest: Manifest, trusting: bool = False) -> Encoder:
    """The encoder that ``manifest`` was made with, without touching the model's own package or torch.

    ``trusting`` hashes nothing again that was not written since the model was converted.
    Raises WrongModel where the settings now name another model, and none was chosen by publishing, or another runtime
    or precision; BadSetting for one that there is not.
    """
    made, wanted = manifest.encoder, _known(home.settings.model)
    runtime = "torch" if made.runtime == "sentence-transformers" else "openvino"
    precision = "int8" if made.precision.startswith("int8") else "default"
    named = made.model == wanted.name or model_was_chosen(home.path)
    if not named or (runtime, precision) != (wanted.runtime, wanted.precision):
        remedy = "Run `muniment publish`, or set model.name, model.runtime and model.precision back."
        expected = f"an index made with {wanted.name} by {wanted.runtime} ({wanted.precision} precision)"
        raise WrongModel(expected, f"one made with {made.model} by {runtime} ({precision} precision)", remedy)
    folder = compiled_folder(home.models, made.weights, precision)
    if runtime == "torch" or not folder.is_dir():
        return open_encoder(with_model(home, made.model))
    return _opened(folder, trusting=trusting)


def _known(model: ModelSettings) -> ModelSettings:
    allowed = {"runtime": tuple(PRECISIONS), "precision": PRECISIONS.get(model.runtime, ())}
    for name, values in allowed.items():
        if getattr(model, name) not in values:
            found, remedy = repr(getattr(model, name)), f'Use "{values[0]}".'
            raise BadSetting(f"model.{name} to be one of {values}", found, remedy)
    return model


# A newer generation is mostly made with the same model, which need not be loaded again.
_opened = lru_cache(maxsize=1)(CompiledEncoder)
