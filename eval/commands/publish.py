"""`muniment publish`: what is catalogued becomes what is searched, with another model where one is named."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from service.commands.options import SPLIT, Call, progress, showing
from service.home import writing


@click.command()
@click.option("--model", help="Make an index with this model (a name or a folder) beside, compare, and switch to it.")
@click.option("--judged", type=click.Path(exists=True, path_type=Path), help="A data set to compare the models by.")
@SPLIT
@click.option("--unmeasured", is_flag=True, help="Switch to the other model without comparing.")
@showing
def command(call: Call, model: str | None, judged: Path | None, split: str, unmeasured: bool) -> None:
    """Encode what is new and put an index in force for each audience.

    With --model the index in force answers until the other is made and both were compared, by the questions of
    --judged or those on which readers said yes or no. The vectors of both are kept: switching back encodes nothing.
    """
    from service.pipeline import beside, publish_home, writing_encoder

    if (judged or unmeasured) and (not model or (judged and unmeasured)):
        raise click.UsageError("--judged or --unmeasured goes with --model.")
    home, compared = call.home(), None
    other = beside(home, model) if model else home
    with writing(home, "publish"), progress() as report:
        if other is home:
            published = publish_home(home, writing_encoder(home), report, trusting=False)
        else:
            from eval.models import change_model, judged_questions

            questions = None if unmeasured else judged_questions(home, judged, split)
            say = partial(click.echo, err=call.as_json)
            published, compared = change_model(home, other, questions, report, say)
    told = "documents", "passages", "recall"
    facts: dict[str, Any] = {
        audience.value: {"generation": one.manifest.id, **{name: getattr(one.manifest, name) for name in told}}
        | {"segments_written": one.segments_written}
        for audience, one in published.items()
    }
    lines = (f"{name}: {fact['documents']} documents, generation {fact['generation']}" for name, fact in facts.items())
    call.show(facts | ({"compared": compared} if compared else {}), "\n".join(lines))
