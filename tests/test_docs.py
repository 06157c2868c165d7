"""What the documentation says is so: commands, settings, exit codes, and the two lines a newcomer types."""

import os
import re
import shlex
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import COMMANDS, muniment
from service.config import names
from service.home import Home

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [README, *(page.read_text("utf-8") for page in sorted((ROOT / "docs").glob("*.md")))]
REFERENCE = (ROOT / "docs" / "commands.md").read_text("utf-8")


def shown(page: str) -> list[str]:
    """Every `muniment …` line of a page's shell blocks, as arguments."""
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if "muniment " in line]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_and_explains_itself(name: str) -> None:
    assert f"`muniment {name}" in REFERENCE
    result = CliRunner().invoke(muniment, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert len(result.output) > 80


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(re.findall(r"^\| `([a-z_.0-9]+)` \| `", REFERENCE, re.MULTILINE)) == set(names())


@pytest.mark.parametrize("line", [line for page in PAGES for line in shown(page) if ".venv/bin/muniment" in line])
def test_every_command_shown_is_one_that_can_be_typed(line: str) -> None:
    arguments = shlex.split(line, comments=True)[1:]
    context = muniment.make_context("muniment", arguments, resilient_parsing=False)
    name, command, rest = muniment.resolve_command(context, [*context._protected_args, *context.args])
    assert name is not None and command is not None
    parsed = command.make_context(name, rest, parent=context, resilient_parsing=True)
    assert parsed.params or rest


@pytest.mark.parametrize("line", [line for line in shown(README) if "--home demo-home" in line])
def test_what_the_readme_shows_on_the_sample_works(line: str, sample_home: Home) -> None:
    arguments = shlex.split(line.replace("--home demo-home", f"--home {sample_home.path}"), comments=True)[1:]
    result = CliRunner().invoke(muniment, arguments)
    assert result.exit_code == 0, result.output
    assert result.output.strip()


@pytest.mark.skipif(not (ROOT / ".venv" / "installed").exists(), reason="only in an environment that make made")
def test_make_run_serves_the_search_page(models: Path, tmp_path: Path, closed_port: int) -> None:
    (tmp_path / "models").symlink_to(models)
    environment = {**os.environ, "MUNIMENT_SERVE_PORT": str(closed_port)}
    command = ["make", "run", f"DEMO_HOME={tmp_path}"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, process_group=0
    ) as run:
        try:
            assert run.stdout is not None
            said = next(line for line in run.stdout if "search at" in line)
            address = said.split("search at ")[1].strip()
            assert address == f"http://127.0.0.1:{closed_port}/"
            with urllib.request.urlopen(f"{address}?q=overdue+charges") as page:
                assert "overdue" in page.read().decode()
        finally:
            os.killpg(run.pid, signal.SIGINT)


def test_the_two_commands_of_the_readme_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    typed = re.findall(r"^make (\w+)$", README, re.MULTILINE)
    assert typed == ["run", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in typed)


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
