"""What several commands share: the home, JSON output, filters, and progress on a terminal."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ingest.records import Audience, Kind
from service.errors import BadSetting
from service.home import Home, open_home

if TYPE_CHECKING:
    from index.search import Searcher
    from service.asked import Reading

HOME = click.option(
    "--home",
    "home_path",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="MUNIMENT_HOME",
    default=Path("muniment-home"),
    show_default=True,
    help="The folder in which everything is kept.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
NO_PUBLISH = click.option("--no-publish", is_flag=True, help="Leave the index in force as it is.")
AUDIENCE = click.option(
    "--audience",
    type=click.Choice(["public", "members"]),
    default="public",
    show_default=True,
    help="Whose index to read.",
)
SPLIT = click.option("--split", default="test", show_default=True, help="The judgements to use: qrels/SPLIT.tsv.")
KINDS = [kind.value for kind in Kind]


def _to_come(_context: click.Context, _option: click.Parameter, day: datetime | None) -> date | None:
    if day and day.date() < datetime.now(UTC).date():
        raise click.BadParameter(f"{day:%Y-%m-%d} has passed: give today or a later day.")
    return day and day.date()


LAST_DAY = click.option("--until", type=click.DateTime(["%Y-%m-%d"]), callback=_to_come, help="Its last day (UTC).")


@dataclass(frozen=True, slots=True)
class Call:
    """How a command was called: on which home, for whom, and whether it is to answer in JSON."""

    path: Path
    audience: Audience
    as_json: bool

    def home(self, flags: Mapping[str, object] | None = None) -> Home:
        """The home, with its settings as ``flags`` have them. Raises BadSetting where none was begun."""
        if not self.path.is_dir():
            remedy = "Name the folder of another with --home, or begin this one: `muniment init URL`."
            raise BadSetting(f"a home at {self.path}", "no such folder", remedy)
        return open_home(self.path, flags)

    def begin(self, flags: Mapping[str, object] | None = None) -> Home:
        """As ``home``, and made where it is not there yet."""
        return open_home(self.path, flags)

    def searcher(self) -> "Searcher":
        """A searcher over what is in force for the audience. Raises NothingPublished, Damaged or WrongModel."""
        from service.opening import open_searcher

        return open_searcher(self.home(), self.audience)

    def show(self, value: Any, text: str) -> None:
        """Print one JSON document, or text for people."""
        click.echo(msgspec.json.encode(value).decode() if self.as_json else text)


class Writable(click.Path):
    """A path to write to: of a file, in a folder that is there; or, without ``file_okay``, of a folder to be made."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, told before any work where nothing can be written to it."""
        path = Path(value)
        there = next(one for one in (path, *path.parents) if one.exists())
        wrong = path.is_dir() or not path.parent.is_dir() if self.file_okay else not there.is_dir()
        if wrong or not os.access(there, os.W_OK):
            what = "file, in a folder that is there," if self.file_okay else "folder"
            self.fail(f"nothing can be written to {path}; name a {what} that you may write to.", param, ctx)
        return path


def in_home(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give ``command`` --home; what that, --audience and --json say reaches it as a ``Call``, its first argument."""

    @wraps(command)
    def called(home_path: Path, audience: str = "public", as_json: bool = False, **given: Any) -> Any:
        return command(Call(home_path, Audience(audience), as_json), **given)

    return HOME(called)


def showing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give ``command`` --home and --json: what it finds goes out by ``Call.show``."""
    return in_home(AS_JSON(command))


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that narrow a search, by the names that ``service.asked`` gives them."""
    for option in (
        click.option("--plain", is_flag=True, help="Let dates and kinds that the question names narrow nothing."),
        click.option("--until", default="", help='Published by then: "2019", "May 2019", "3/5/2019".'),
        click.option("--since", default="", help="Published from then on."),
        click.option("--author", multiple=True, help="By this author; repeatable."),
        click.option("--committee", multiple=True, help="Of this committee; repeatable."),
        click.option("--tag", multiple=True, help="Carrying this tag; repeat for any of several."),
        click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Of this kind; repeatable."),
    ):
        command = option(command)
    return command


def read_asked(call: Call, query: str, narrowed: dict[str, Any]) -> "tuple[Searcher, Reading]":
    """What is asked for, and what can answer it. Raises click.UsageError for what cannot be used."""
    from pydantic import ValidationError

    from service.asked import Asked
    from service.operators import BadFilter

    try:
        asked = Asked(q=query, **narrowed)
        asked.typed()
    except BadFilter as error:
        raise click.UsageError(f"{error} {error.remedy}") from error
    except ValidationError as error:
        raise click.UsageError(error.errors()[0]["msg"]) from error
    searcher = call.searcher()
    return searcher, asked.read(searcher, date.today())


def told(read: "Reading") -> list[str]:
    """A line that says what the question itself narrows by; none where it names nothing."""
    said = ", ".join(f"“{one.said}”" for one in read.meant)
    return [f"Narrowed by {said}, as the question says; --plain does not."] if said else []


@contextmanager
def progress() -> Iterator[Callable[..., None]]:
    """Bars on a terminal's standard error; elsewhere nothing. A ``tally`` stands where else the pace would be told."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total, tally="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    said = TextColumn("{task.description:7}"), TextColumn("{task.fields[tally]}")
    columns = said[0], BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn(), said[1]
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int | None, tally: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, tally=tally)
            pace = bars.tasks[tasks[stage]].speed
            bars.update(tasks[stage], completed=done, total=total, tally=tally or (f"{pace:.0f}/s" if pace else ""))

        yield report
