"""`muniment forget`: no trace of a publication is left in the home."""

import click

from service.commands.options import Call, showing
from service.home import writing


@click.command()
@click.argument("url")
@showing
def command(call: Call, url: str) -> int:
    """Remove the publication at URL with all its versions, vectors and kept responses, publish, and print a receipt.

    A site that still shows it gives it back at the next crawl, and older backups still hold it. Exit code 1 where
    there was nothing to forget.
    """
    from service.pipeline import forget, publish_home, writing_encoder

    home = call.home()
    with writing(home, "change by an editor"):
        gone = forget(home, url)
        publish_home(home, writing_encoder(home))
    call.show({"url": url, "gone": gone}, f"Gone: {', '.join(f'{n} of {what}' for what, n in gone.items())}.")
    return 0 if gone["revision"] or gone["response"] else 1
