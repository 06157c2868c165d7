"""`muniment crawl --every 1s`, told to end again and again. Minutes; run by `make soak`."""

import os
import subprocess
import time
from collections import Counter
from pathlib import Path
from random import Random
from subprocess import PIPE, STDOUT

from program import PROGRAM, ROOT

from eval.sample.site import serve

STOPS = int(os.environ.get("STOPS", "80"))


def test_a_watch_that_is_told_to_end_at_any_moment_ends_with_one_sentence(tmp_path: Path) -> None:
    chance, codes = Random(2), Counter[int]()
    with serve() as site:
        options = ["--every", "1s", "--no-publish", "--loopback", "--json", "--home", str(tmp_path)]
        for _ in range(STOPS):
            command = [*PROGRAM, "crawl", f"{site.url}/", *options]
            with subprocess.Popen(command, cwd=ROOT, stdout=PIPE, stderr=STDOUT, text=True) as watch:
                assert watch.stdout is not None
                assert watch.stdout.readline().startswith("{")
                time.sleep(chance.uniform(0, 1.6))
                watch.terminate()
                said = watch.stdout.read()
            codes[watch.returncode] += 1
            assert "Traceback" not in said, said
    print(f"\n{codes}")
    assert codes == {130: STOPS}
