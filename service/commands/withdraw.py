"""`muniment withdraw` and `muniment restrict`: an editor's word, which outlives every crawl until it is taken back."""

import click

from service.commands.options import NO_PUBLISH, Call, in_home


def ruling_command(name: str, help: str, otherwise: str) -> click.Command:
    """The command that records, or takes back, the ruling called ``name`` ("withdrawn" or "members")."""

    @click.command(help=f"{help} Exit code 1 where that changed nothing for one of them.")
    @click.argument("urls", nargs=-1, required=True)
    @click.option("--undo", is_flag=True, help="Take the decision back: show them as their site does.")
    @NO_PUBLISH
    @in_home
    def command(call: Call, urls: tuple[str, ...], undo: bool, no_publish: bool) -> int:
        from index.catalog import Catalog, Ruling
        from service.pipeline import edit_catalog

        change = Catalog.take_back if undo else Catalog.rule
        missing = edit_catalog(
            call.path, lambda catalog, url: change(catalog, url, Ruling(name)), urls, then_publish=not no_publish
        )
        for url in missing:
            click.echo(f"{url} was not {'decided on' if undo else otherwise}.", err=True)
        return 1 if missing else 0

    return command


command = ruling_command(
    "withdrawn", "Take the publications at URLS out of the index, whatever their site says.", "in the index"
)
