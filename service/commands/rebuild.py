"""`muniment rebuild`: the documents again, from the responses as they once came."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, NO_PUBLISH, progress, show


@click.command()
@click.option("--from-archive", is_flag=True, help="Read every page that is kept again; nothing is fetched.")
@NO_PUBLISH
@HOME
@AS_JSON
def command(from_archive: bool, no_publish: bool, home_path: Path, as_json: bool) -> int:
    """Make the documents again. Text that comes out the same is not encoded again. Exit code 1: see its alarms."""
    from service.crawling import rebuild
    from service.home import open_home, writing

    if not from_archive:
        raise click.UsageError("Say from what: --from-archive.")
    home = open_home(home_path)
    with writing(home, "rebuild"), progress() as report:
        intake = rebuild(home, report, then_publish=not no_publish)
    done = (
        f"{intake.changed} documents new or changed, {intake.refiled} refiled, {intake.unchanged} as they were, "
        f"{intake.withdrawn} withdrawn."
    )
    show(intake, as_json, "\n".join((done, *(f"Alarm: {alarm}" for alarm in intake.alarms))))
    return 1 if intake.alarms else 0
