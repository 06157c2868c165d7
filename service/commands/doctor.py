"""`muniment doctor`: is this home well?"""

from datetime import UTC, datetime

import click

from service.commands.options import Call, showing


@click.command()
@showing
def command(call: Call) -> int:
    """Examine the home: whether the index is what the catalog holds, what waits, what failed, and what to do.

    Exit code 1 where something is wrong.
    """
    from service.health import examine

    findings = list(examine(call.home(), datetime.now(UTC)))
    lines = (f"{'WRONG' if one.wrong else 'ok   '} {one.check}: {one.found}. {one.remedy}".rstrip() for one in findings)
    call.show(findings, "\n".join(lines))
    return 1 if any(one.wrong for one in findings) else 0
