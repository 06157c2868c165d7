"""`muniment restore`: a home as it was."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, NO_PUBLISH, progress, show


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@NO_PUBLISH
@HOME
@AS_JSON
def command(folder: Path, no_publish: bool, home_path: Path, as_json: bool) -> None:
    """Make an empty home what it was when FOLDER was written by `muniment backup`, and publish.

    A backup of which one byte is another is refused before anything is touched.
    """
    from service.backup import restore
    from service.home import open_home, writing
    from service.pipeline import publish_home, writing_encoder

    home = open_home(home_path)
    with writing(home, "restore"), progress() as report:
        receipt = restore(folder, home)
        if not no_publish:
            home = open_home(home_path)  # with the settings that came with it
            publish_home(home, writing_encoder(home), report)
    show(receipt, as_json, f"{receipt.documents} documents of {receipt.made_at} restored.")
