"""The command line: registers the commands, and turns every error into one sentence and an exit code, once."""

import errno
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from ingest.errors import Fault

COMMANDS = {
    "demo": "Crawl the sample association and serve its search page.",
    "init": "Write a commented settings file for a site.",
    "crawl": "Take in a web site, or bring it up to date.",
    "add": "Take in files: HTML, PDF, Markdown, text, WARC or a BEIR corpus.",
    "publish": "Encode what is new and put an index in force.",
    "serve": "Serve the search page, the API and the widget.",
    "search": "Find publications.",
    "ask": "Answer a question with quoted sentences.",
    "related": "Show what to read next to a publication.",
    "pin": "Decide by hand what stands among the related articles.",
    "feedback": "Show what readers said of answers, or write it as judged pairs.",
    "verify": "Check that a stored version says these words at this place.",
    "withdraw": "Take a publication out of the index now.",
    "restrict": "Show a publication to members only from now on.",
    "rebuild": "Make the documents again from the archive, without fetching.",
    "template": "Show what was learned of a site's pages.",
    "doctor": "Examine the home: what is wrong, and what to do.",
    "backup": "Copy what cannot be made again to a safe place.",
    "restore": "Make a home what it was when it was backed up.",
    "forget": "Leave no trace of a publication.",
    "keys": "Give, list and revoke the keys of staff.",
    "why": "Say what was decided about an address, and why.",
    "extract": "Show what would be read from files, one line each.",
    "eval": "Measure retrieval on judged questions.",
    "config": "Show the settings and where each comes from.",
}
# These measure, or use what was judged: they stand further right, as all that they import does.
_OF_EVAL = frozenset(("demo", "eval", "feedback", "publish"))
# Before numpy is read: most of its products here are small, and threads that wait for one another cost more than they
# bring, twice the time of publishing one change where other work is done beside.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
STOPPED = 130
# These write nothing, and what they have read the system gives back at once: Python, piece by piece, takes .1 s for it.
_READING = frozenset(("search", "ask", "related"))
_GOES_ON = ". What was finished is kept; with room on a sound disk, the same command goes on from there."


class _Registry(click.Group):
    """Knows every command by name and one line; a command's own module is read when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{'eval' if cmd_name in _OF_EVAL else 'service'}.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Registry, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="muniment")
def muniment() -> None:
    """Ask an association's publications a question and get the passage that says so."""


def main() -> None:
    """The console command. Exit codes follow sysexits.h."""
    code = run(lambda: muniment(standalone_mode=False))
    if _READING.intersection(sys.argv[1:2]):
        os._exit(code)
    sys.exit(code)


def run(action: Callable[[], Any]) -> int:
    """The exit code of ``action``; what went wrong is said in one line on standard error."""
    try:
        outcome = action()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped. What was finished is kept; the same command goes on from there.", err=True)
        return STOPPED
    except Exception as error:
        code, remedy = _code(error)
        if code is None:
            raise
        click.echo(f"muniment: {error}{remedy}", err=True)
        return code
    return outcome if isinstance(outcome, int) else 0


def _code(error: Exception) -> tuple[int | None, str]:
    import apsw  # read late: an error is rare, a start is not

    disk = apsw.FullError, apsw.IOError, apsw.CorruptError, apsw.NotADBError, apsw.CantOpenError
    match error:
        case Fault():  # it names its remedy
            return error.exit_code, ""
        case OSError(errno=errno.EACCES | errno.EPERM) | apsw.ReadOnlyError():
            return os.EX_CONFIG, ". Run this as the user to whom that belongs, where it can be written to."
        case OSError(errno=errno.ENOSPC | errno.EFBIG | errno.EIO | errno.EDQUOT | errno.EROFS):
            return os.EX_IOERR, _GOES_ON
        case OSError(errno=errno.ENOTDIR | errno.EISDIR | errno.ENAMETOOLONG | errno.ENOENT | errno.EEXIST):
            return os.EX_CONFIG, ""  # the system's own words name the path
        case UnicodeEncodeError():  # what was typed is no UTF-8, and can stand in no database
            return click.UsageError.exit_code, ""
        case apsw.BusyError():
            return os.EX_TEMPFAIL, ""
    return (os.EX_IOERR, _GOES_ON) if isinstance(error, disk) else (None, "")
