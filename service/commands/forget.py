"""`muniment forget`: no trace of a publication is left in the home."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show


@click.command()
@click.argument("url")
@HOME
@AS_JSON
def command(url: str, home_path: Path, as_json: bool) -> int:
    """Remove the publication at URL with all its versions, vectors and kept responses, publish, and print a receipt.

    A site that still shows it gives it back at the next crawl, and older backups still hold it. Exit code 1 where
    there was nothing to forget.
    """
    from service.home import open_home, writing
    from service.pipeline import forget, publish_home, writing_encoder

    home = open_home(home_path)
    with writing(home, "change by an editor"):
        gone = forget(home, url)
        publish_home(home, writing_encoder(home))
    show({"url": url, "gone": gone}, as_json, f"Gone: {', '.join(f'{n} of {what}' for what, n in gone.items())}.")
    return 0 if gone["revision"] or gone["response"] else 1
