"""`muniment publish`: what is catalogued becomes what is searched."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, progress, show


@click.command()
@HOME
@AS_JSON
def command(home_path: Path, as_json: bool) -> None:
    """Encode what is new and put an index in force for each audience."""
    from service.home import open_home, writing
    from service.pipeline import publish_home, writing_encoder

    home = open_home(home_path)
    with writing(home, "publish"), progress() as report:
        published = publish_home(home, writing_encoder(home), report, trusting=False)
    facts = {
        audience.value: {
            "generation": one.manifest.id,
            "documents": one.manifest.documents,
            "passages": one.manifest.passages,
            "segments_written": one.segments_written,
        }
        for audience, one in published.items()
    }
    lines = (f"{name}: {fact['documents']} documents, generation {fact['generation']}" for name, fact in facts.items())
    show(facts, as_json, "\n".join(lines))
