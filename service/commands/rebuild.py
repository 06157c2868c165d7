"""`muniment rebuild`: the documents again, from the responses as they once came."""

import click

from service.commands.options import NO_PUBLISH, Call, progress, showing
from service.home import writing


@click.command()
@click.option("--from-archive", is_flag=True, help="Read every page that is kept again; nothing is fetched.")
@NO_PUBLISH
@showing
def command(call: Call, from_archive: bool, no_publish: bool) -> int:
    """Make the documents again. Text that comes out the same is not encoded again. Exit code 1: see its alarms."""
    from service.crawling import rebuild

    if not from_archive:
        raise click.UsageError("Say from what: --from-archive.")
    home = call.home()
    with writing(home, "rebuild"), progress() as report:
        intake = rebuild(home, report, then_publish=not no_publish)
    done = (
        f"{intake.changed} documents new or changed, {intake.refiled} refiled, {intake.unchanged} as they were, "
        f"{intake.withdrawn} withdrawn."
    )
    call.show(intake, "\n".join((done, *(f"Alarm: {alarm}" for alarm in intake.alarms))))
    return 1 if intake.alarms else 0
