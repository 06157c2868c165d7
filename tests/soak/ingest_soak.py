"""What the way from a crawl to a published index takes, in whole and beside encoding. Minutes; by `make soak`.

SITE is the address of a test server. In whole it is held against the encoder alone on the same passages; for what is
done beside, a stand-in gives each text vectors by its hash and counts word pieces as the model does.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from program import ROOT, muniment

from index.generation import open_current
from ingest.records import Audience

SITE = os.environ.get("SITE", "")
pytestmark = pytest.mark.skipif(not SITE, reason="SITE names no test server")

PROGRAM = """
import service.cli  # as the command does: it says how many threads numpy may use
import json, sys, time
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
import numpy as np
from index.catalog import Catalog
from index.embed import Read
from index.generation import open_current
from index.wording import width
from ingest.records import Audience
from service.crawling import crawl_home
from service.home import open_home, writing
from service.pipeline import publish_home, silent, take_pending, writing_encoder

ENCODED, DRAWN, MOST = 256, 4096, 1024
site, folder = sys.argv[1:]
home = open_home(Path(folder), {"crawl.loopback": True})
model = writing_encoder(home)

class StandIn:
    def __init__(self):
        self.spec, self.count_tokens = model.spec, model.count_tokens
        rng = np.random.default_rng(0)
        drawn = rng.standard_normal((DRAWN + MOST, self.spec.dimension)).astype(np.float32)
        self._vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        self._words = rng.integers(0, 256, (DRAWN + MOST, width(self.spec.dimension)), dtype=np.uint8)

    def encode_sentences(self, texts, sentences, on_batch):
        at = [int(sha256(text.encode()).hexdigest()[:8], 16) % DRAWN for text in texts]
        held = [
            Read(self._vectors[first : first + len(spans)], self._words[first : first + text.count(" ") * 3 // 5])
            for first, text, spans in zip(at, texts, sentences)
        ]
        on_batch(len(texts))
        return self._vectors[at], held

def spent():
    children = getrusage(RUSAGE_CHILDREN)
    return np.array([time.process_time(), children.ru_utime + children.ru_stime])

encoder, told = StandIn(), {}
steps = {
    "crawl": partial(crawl_home, home, [site], silent),
    "intake": partial(take_pending, home, encoder),
    "publish": partial(publish_home, home, encoder),
}
with writing(home, "crawl"):
    for name, step in steps.items():
        before = spent()
        step()
        told[name] = (spent() - before).tolist()
with closing(Catalog(home.catalog)) as catalog:
    told["counts"] = catalog.count()
    texts = [one.text for one in catalog.unembedded("no model")]
some = texts[:: max(1, len(texts) // ENCODED)][:ENCODED]
before = spent()
model.encode_passages(some, lambda _: None)
told["model"] = (spent() - before).sum() / len(some) * len(texts)
manifests = [open_current(home.generations, audience)[1] for audience in Audience]
told["held"] = [(one.documents, one.passages) for one in manifests]
print(json.dumps(told))
"""

ALONE = """
import service.cli  # as above
import sys, time
from contextlib import closing
from pathlib import Path
from index.catalog import Catalog
from service.home import open_home
from service.pipeline import writing_encoder

home = open_home(Path(sys.argv[1]))
encoder = writing_encoder(home)
with closing(Catalog(home.catalog)) as catalog:
    texts = [one.text for one in catalog.unembedded("no model")]
started = time.monotonic()
encoder.encode_passages(texts, lambda _: None)
print(len(texts), time.monotonic() - started)
"""


def test_the_whole_way_against_the_encoder_alone(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path / "models", ignore=shutil.ignore_patterns("*.tmp"))
    started = time.monotonic()
    done = muniment("crawl", f"{SITE}/", "--loopback", "--home", tmp_path, seconds=7_200)
    whole = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    told = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    count, alone = map(float, told.stdout.split())
    print(f"\n{count:.0f} texts: {whole:.0f} s from the first request to the index, {alone:.0f} s encoding: ", end="")
    print(f"{alone / whole:.1%} of the encoder's speed")
    assert open_current(tmp_path / "generations", Audience.PUBLIC).manifest.passages >= count


def test_what_is_done_beside_encoding(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, f"{SITE}/", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3_600)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    beside = sum(sum(told[step]) for step in ("crawl", "intake", "publish"))
    for step in ("crawl", "intake", "publish"):
        print(f"\n{step}: {told[step][0]:.1f} s of processors, and {told[step][1]:.1f} s in readers", end="")
    share = told["model"] / (beside + told["model"])
    print(f"\nbeside encoding {beside:.1f} s, the model alone {told['model']:.1f} s: {share:.0%} of all")
    assert told["counts"]["documents"] > 0
    assert told["held"] == [[told["counts"]["documents"], told["counts"]["passages"]]] * 2
