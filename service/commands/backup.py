"""`muniment backup`: what cannot be made again, in a safe place."""

from pathlib import Path

import click

from service.commands.options import Call, Writable, showing


@click.command()
@click.argument("folder", type=Writable(file_okay=False))
@showing
def command(call: Call, folder: Path) -> None:
    """Copy everything that cannot be made again into the new FOLDER, with checksums; others may go on working.

    It holds members' pages, login and keys' hashes: keep it as you keep the home.
    """
    from service.backup import back_up

    receipt = back_up(call.home(), folder)
    text = f"{receipt.documents} documents, {len(receipt.files)} files, {receipt.bytes} bytes in {folder}."
    call.show(receipt, text)
