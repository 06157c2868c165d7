"""`muniment backup`: what cannot be made again, in a safe place."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@HOME
@AS_JSON
def command(folder: Path, home_path: Path, as_json: bool) -> None:
    """Copy everything that cannot be made again into the new FOLDER, with checksums; others may go on working.

    It holds members' pages, login and keys' hashes: keep it as you keep the home.
    """
    from service.backup import back_up
    from service.home import open_home

    receipt = back_up(open_home(home_path), folder)
    text = f"{receipt.documents} documents, {len(receipt.files)} files, {receipt.bytes} bytes in {folder}."
    show(receipt, as_json, text)
