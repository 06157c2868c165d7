"""A running service is a system like any other, and one that fails to answer is not measured."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from eval.errors import EvalError
from eval.records import Query
from eval.systems import served_system
from service.cli import muniment
from service.home import Home

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "eval" / "sample"


@pytest.fixture(scope="module")
def served(sample_home: Home) -> Iterator[str]:
    """The address of a process of its own that serves the sample association."""
    command = [sys.executable, "-c", "from service.cli import main; main()", "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MUNIMENT_HOME": str(sample_home.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split("search at ")[1].strip()
        process.terminate()


def test_a_running_service_is_measured_by_its_address_and_ranks_as_the_index_does(
    served: str, sample_home: Home
) -> None:
    arguments = ["eval", "run", str(SAMPLE), "--home", str(sample_home.path), "--json", "--depth", "60"]
    arguments += ["--measure", "nDCG@60"]
    made = CliRunner().invoke(muniment, [*arguments, "--system", f"{served},hybrid"])
    assert made.exit_code == 0, made.output
    remote, local = (json.loads(line) for line in made.stdout.splitlines())
    assert remote["measures"] == local["measures"]
    assert remote["system"] == served.removeprefix("http://").rstrip("/")
    assert remote["manifest"]["settings"]["generation"] == local["manifest"]["settings"]["generation"]


def test_pages_of_results_are_put_together(served: str) -> None:
    system = served_system(served, lambda url: (url,))
    deep, shallow = (system.rank(Query("q", "library committee"), depth) for depth in (70, 5))
    assert len(deep) > 50
    assert [id for id, _ in deep[:5]] == [id for id, _ in shallow]


def test_a_question_that_is_refused_stops_the_measurement(served: str) -> None:
    with pytest.raises(EvalError, match="422"):
        served_system(served, lambda url: (url,)).rank(Query("q", "long " * 500), 10)


def test_an_index_that_changes_meanwhile_stops_the_measurement(served: str) -> None:
    system = served_system(served, lambda url: (url,))
    system.settings["generation"] = "0" * 16
    with pytest.raises(EvalError, match="Measure it again"):
        system.rank(Query("q", "library"), 10)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope", b"nonsense\r\n\r\n"])
def test_what_is_no_muniment_is_told(answer: bytes) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def reply() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = Thread(target=reply)
        thread.start()
        with pytest.raises(EvalError, match="muniment serve"):
            served_system(f"http://127.0.0.1:{listening.getsockname()[1]}/", lambda url: (url,))
        thread.join()


def test_nothing_at_an_address_is_told(closed_port: int) -> None:
    with pytest.raises(EvalError, match="muniment serve"):
        served_system(f"http://127.0.0.1:{closed_port}", lambda url: (url,))
