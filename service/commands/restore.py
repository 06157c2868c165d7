"""`muniment restore`: a home as it was."""

from pathlib import Path

import click

from service.commands.options import NO_PUBLISH, Call, progress, showing
from service.home import writing


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@NO_PUBLISH
@showing
def command(call: Call, folder: Path, no_publish: bool) -> None:
    """Make an empty home what it was when FOLDER was written by `muniment backup`, and publish.

    A backup of which one byte is another is refused before anything is touched.
    """
    from service.backup import restore
    from service.pipeline import publish_home, writing_encoder

    home = call.begin()
    with writing(home, "restore"), progress() as report:
        receipt = restore(folder, home)
        if not no_publish:
            restored = call.home()  # with the settings that came with it
            publish_home(restored, writing_encoder(restored), report)
    call.show(receipt, f"{receipt.documents} documents of {receipt.made_at} restored.")
