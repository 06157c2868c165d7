"""`muniment pin`: what editors decide about related articles."""

from dataclasses import asdict
from datetime import date

import click

from ingest.lock import holding
from ingest.records import Kind
from ingest.urls import canonical
from service.commands.options import AUDIENCE, KINDS, LAST_DAY, Call, in_home, showing
from service.pins import Act, Pin, Pins


@click.group("pin")
def command() -> None:
    """Decide by hand what stands among the related articles."""


@command.command("add")
@click.argument("act", type=click.Choice(["pin", "ban", "ban-kind"]))
@click.argument("what", metavar="URL|KIND")
@click.option("--on", metavar="URL", help="Only beside this page.")
@click.option("--on-kind", type=click.Choice(KINDS), help="Only beside pages of this kind.")
@click.option("--owner", required=True, help="Who decided it.")
@click.option("--reason", required=True, help="Why; readers do not see it.")
@LAST_DAY
@in_home
def add(
    call: Call, act: str, what: str, on: str | None, on_kind: str | None, owner: str, reason: str, until: date | None
) -> None:
    """Show URL first (pin), never show it (ban), or show nothing of a KIND (ban-kind)."""
    if (act == "ban-kind") != (what in KINDS):
        raise click.BadParameter(f"{act} does not go with {what!r}.", param_hint="URL|KIND")
    pins = Pins(call.begin().pins)
    subject, page = what if what in KINDS else _address(what), "" if on is None else _address(on)
    one = Pin(Act(act), subject, page, Kind(on_kind) if on_kind else None, owner, reason, until)
    with holding(call.path / "pins.lock", "decision"):
        pins.write((*pins.read(), one))


def _address(written: str) -> str:
    if address := canonical(written):
        return address
    # An empty one would stand for every page.
    raise click.BadParameter(f"{written!r} is no web address: write it like https://www.example.org/page/.")


@command.command("remove")
@click.argument("number", type=click.IntRange(1))
@in_home
def remove(call: Call, number: int) -> None:
    """Take back the decision with that NUMBER in the list. Exit code 1 where there is none."""
    pins = Pins(call.home().pins)
    with holding(call.path / "pins.lock", "decision"):
        held = pins.read()
        if number > len(held):
            told = f"No decision has the number {number}: `muniment pin list` shows which there are."
            raise click.ClickException(told)
        pins.write((*held[: number - 1], *held[number:]))


@command.command("list")
@AUDIENCE
@showing
def list_command(call: Call) -> None:
    """List the decisions by number, with those that have no effect any more."""
    pins, searcher = Pins(call.home().pins), call.searcher()
    rows = [asdict(pin) | {"number": n, "dead": pins.fate(pin, searcher)} for n, pin in enumerate(pins.read(), 1)]
    lines = (
        f"{row['number']}  {row['act']} {row['what']} beside {row['on'] or row['on_kind'] or 'every page'}"
        f" until {row['until'] or 'taken back'}: {row['reason']} ({row['owner']})"
        + (f"  NO EFFECT: {row['dead']}" if row["dead"] else "")
        for row in rows
    )
    call.show(rows, "\n".join(lines) or "Nothing is pinned or banned.")
