"""The settings, and the only reader of them: defaults, then the home's file, then the environment, then flags.

Before flags comes the model that `muniment publish --model` chose in the place of the one that file or environment has.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec

from index import files
from index.weights import DEFAULT_MODEL
from ingest.records import Kind
from ingest.urls import canonical, host_of, ip_of
from service.errors import BadSetting

SETTINGS_FILE = "muniment.toml"
# The model that file or environment named when another was chosen, and which: it holds as long as they name that one.
CHOICE_FILE = "model.json"
_COMMENTED = Path(__file__).parent / "templates" / SETTINGS_FILE
_PREFIX = "MUNIMENT_"
# Read before any settings are: it says where their file is.
_HOME_VARIABLE = "MUNIMENT_HOME"

Count = Annotated[int, msgspec.Meta(ge=1)]
Limit = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
Line = Annotated[str, msgspec.Meta(pattern=r"\A[^\r\n\0]*\Z")]
Header = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]*\Z")]
Prefix = Annotated[str, msgspec.Meta(pattern=r"\A(/[^\s/?#]+)*/?\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSettings:
    """What is taken from the site, and how politely."""

    seeds: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    loopback: bool = False
    user_agent: Line = "Muniment/0.1 (+https://muniment.example/crawler)"
    pace_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.1
    at_once: Count = 4
    max_pages: Count = 100_000
    max_depth: Annotated[int, msgspec.Meta(ge=0)] = 32
    max_gigabytes: Limit = 50.0
    max_hours: Limit = 12.0
    login_header: Header = ""
    login_value: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which sentence-transformers model encodes, and what runs it: "openvino" or "torch".

    ``precision`` is "default", what OpenVINO takes on this processor, or "int8".
    """

    name: str = DEFAULT_MODEL
    sha256: str = ""
    runtime: str = "openvino"
    precision: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Where the service listens, in how many processes, which proxies before it are believed, and how often one
    address may ask each of them.
    """

    # An empty one would be every address of the machine.
    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    workers: Count = 1
    proxies: tuple[str, ...] = ()
    user_header: Header = ""
    per_minute: Annotated[int, msgspec.Meta(ge=0)] = 600

    def __post_init__(self) -> None:
        # A connection is from one address, in its one spelling; a range or a name would never be met.
        for proxy in self.proxies:
            if str(ip_of(proxy)) != proxy:
                raise ValueError(f'{proxy!r} in proxies; write the address of each proxy, like "10.0.0.7" or "::1"')


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSettings:
    """The association's own: a logo, as a file beside the settings, and a colour on light and on dark pages."""

    logo: str = ""
    accent: str = "#1d5c4d"
    accent_dark: str = "#83c9b3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. ``name`` is the association's; ``base_path`` a prefix behind a proxy, such as "/library";
    ``questions`` are shown to whoever does not know what to ask.

    ``kinds`` says by shell patterns over path and query what sort of publication lies where: the first that fits.
    """

    name: str = "Muniment"
    base_path: Prefix = ""
    questions: tuple[str, ...] = ()
    kinds: tuple[tuple[str, Kind], ...] = ()
    look: LookSettings = field(default_factory=LookSettings)
    crawl: CrawlSettings = field(default_factory=CrawlSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)


@dataclass(frozen=True, slots=True)
class Configured:
    """Settings and, by dotted name, where each that is not a default came from."""

    settings: Settings
    origins: dict[str, str]


def read_settings(
    home: Path, environment: Mapping[str, str] = os.environ, flags: Mapping[str, Any] | None = None
) -> Configured:
    """The settings of a home. Raises BadSetting for an unknown name, with the nearest known one, or a bad value."""
    file, choice = home / SETTINGS_FILE, home / CHOICE_FILE
    layers = [
        (str(file), _from_file(file)),
        ("environment", _from_environment(environment)),
        (str(choice), _from_choice(choice, _own_model(home, environment))),
        ("flag", {name: value for name, value in (flags or {}).items() if value is not None}),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for name, value in layer.items():
            _check_known(name, origin)
            values[name], origins[name] = value, origin
    if values.get("look.logo"):
        values["look.logo"] = str(home / str(values["look.logo"]))
    return Configured(_build(values, origins), origins)


def write_settings(home: Path, url: str) -> Path:
    """Write a commented settings file for the site at ``url``. Raises BadSetting where there is a file already."""
    seed = canonical(url if "://" in url else f"https://{url}")
    if not seed:
        raise BadSetting("the address of a web site", repr(url), 'Write it like "https://www.example.org/".')
    file = home / SETTINGS_FILE
    home.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as fresh:
            fresh.write(_COMMENTED.read_text("utf-8").format(name=host_of(seed), url=seed))
    except FileExistsError as error:
        raise BadSetting(f"no {SETTINGS_FILE} in {home} yet", "one", "Edit it, or name another --home.") from error
    return file


def choose_model(home: Path, name: str) -> None:
    """Have every later start use the model ``name``, until file or environment name another than they do now."""
    files.replace(home / CHOICE_FILE, msgspec.json.encode({_own_model(home): name}))


def model_was_chosen(home: Path) -> bool:
    """Whether a choice holds. Which of the models chosen so far is in force is then told by what was published."""
    return read_settings(home).origins.get("model.name") == str(home / CHOICE_FILE)


def names() -> list[str]:
    """Every setting's dotted name: "crawl.pace_seconds"."""
    return [name for name, _ in _flat(msgspec.to_builtins(Settings()))]


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return dict(_flat(tomllib.loads(file.read_text("utf-8-sig"))))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"settings as TOML in {file.name}", str(error), "Correct that line.") from error


def _own_model(home: Path, environment: Mapping[str, str] = os.environ) -> str:
    given = _from_file(home / SETTINGS_FILE) | _from_environment(environment)
    return str(given.get("model.name", DEFAULT_MODEL))


def _from_choice(file: Path, own: str) -> dict[str, Any]:
    try:
        chosen = msgspec.json.decode(file.read_bytes(), type=dict[str, str]).get(own)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadSetting(f"a chosen model in {file}", str(error), "Remove that file, and choose again.") from error
    # A pinned hash is of the weights of the settings' own model.
    values = {"model.name": chosen, "model.sha256": None if chosen == own else ""}
    return {name: value for name, value in values.items() if chosen and value is not None}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {_PREFIX + name.replace(".", "_").upper(): name for name in names()}
    found = {name: value for name, value in environment.items() if name.startswith(_PREFIX) and name != _HOME_VARIABLE}
    return {known.get(name, name): _value(text) for name, text in found.items()}


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _check_known(name: str, origin: str) -> None:
    # Compared as the environment spells them, where "_" stands for "." too.
    known = {each.replace(".", "_"): each for each in names()}
    if name in known.values():
        return
    typed = name.removeprefix(_PREFIX).lower().replace(".", "_")
    begun = [each for each in known if each.startswith(typed)]
    near = begun or difflib.get_close_matches(typed, known, n=1, cutoff=0.4)
    remedy = f"Did you mean {known[near[0]]}?" if near else "See `muniment config show` for the settings there are."
    raise BadSetting("a known setting", f"{name} ({origin})", remedy)


def _build(values: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    nested: dict[str, Any] = {}
    for name, value in values.items():
        section, _, last = name.rpartition(".")
        table = nested.setdefault(section, {}) if section else nested
        table[last] = value
    try:
        return msgspec.convert(nested, Settings)
    except msgspec.ValidationError as error:
        remedy = f"Correct it where it is set: {', '.join(sorted(set(origins.values())))}."
        raise BadSetting("a value of the right type and size", f"another: {error}", remedy) from error
