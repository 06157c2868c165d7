"""`muniment publish`: what is catalogued becomes what is searched, with another model where one is named."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands.options import AS_JSON, HOME, SPLIT, progress, show

if TYPE_CHECKING:
    from index.publish import Published
    from ingest.records import Audience
    from service.home import Home


@click.command()
@click.option("--model", help="Make an index with this model (a name or a folder) beside, compare, and switch to it.")
@click.option("--judged", type=click.Path(exists=True, path_type=Path), help="A data set to compare the models by.")
@SPLIT
@click.option("--unmeasured", is_flag=True, help="Switch to the other model without comparing.")
@HOME
@AS_JSON
def command(
    model: str | None, judged: Path | None, split: str, unmeasured: bool, home_path: Path, as_json: bool
) -> None:
    """Encode what is new and put an index in force for each audience.

    With --model the index in force answers until the other is made and both were compared, by the questions of
    --judged or those on which readers said yes or no. The vectors of both are kept: switching back encodes nothing.
    """
    from service.home import open_home, writing
    from service.pipeline import beside, publish_home, writing_encoder

    if (judged or unmeasured) and ((judged and unmeasured) or not model):
        raise click.UsageError("--judged or --unmeasured goes with --model.")
    home = open_home(home_path)
    other, more = (beside(home, model), {"model": model}) if model else (home, {})
    with writing(home, "publish"), progress() as report:
        if other.settings.model == home.settings.model:
            published = publish_home(home, writing_encoder(home), report, trusting=False)
        else:
            by = None if unmeasured else (judged, split)
            published, compared = _change(home, other, by, report, lambda said: click.echo(said, err=as_json))
            more["compared"] = compared
    facts = {
        audience.value: {
            "generation": one.manifest.id,
            "documents": one.manifest.documents,
            "passages": one.manifest.passages,
            "segments_written": one.segments_written,
            "recall": one.manifest.recall,
        }
        for audience, one in published.items()
    }
    lines = (f"{name}: {fact['documents']} documents, generation {fact['generation']}" for name, fact in facts.items())
    show(facts | more, as_json, "\n".join(lines))


def _change(
    home: "Home", other: "Home", by: tuple[Path | None, str] | None, report: Any, say: Callable[[str], None]
) -> tuple[dict["Audience", "Published"], Any]:
    """Bring the index in force up to date, make the other model's, compare them ``by`` judged questions, switch."""
    from eval.models import compare_models, judged_questions, told
    from service.pipeline import publish_home, switch, writing_encoder

    # What is wrong with questions or model is told before anything is encoded.
    questions, encoder = by and judged_questions(home, *by), writing_encoder(other)
    publish_home(home, writing_encoder(home), report, trusting=False)
    published = publish_home(other, encoder, report, trusting=False)
    compared = compare_models(questions, (home, other), report) if questions else None
    if compared:
        say(told(compared, home.settings.model.name, other.settings.model.name))
    switch(other, encoder, published)
    say(f"{other.settings.model.name} is in force; `--model {home.settings.model.name}` switches back.")
    return published, compared
