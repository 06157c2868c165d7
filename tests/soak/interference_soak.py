"""Five thousand requests to a service beside 500 hidden documents and to one without. Minutes; run by `make soak`."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from interference import CANARY, answered, client_of, some_requests, told_apart, two_rooms


def test_five_thousand_requests_tell_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, beside, secret = two_rooms(tmp_path, monkeypatch, 500)
    requests = list(some_requests(Random(61), alone, secret, 5_000))
    one, other = client_of(alone), client_of(beside)
    assert told_apart(one, other, requests) == []
    statuses, said = Counter[int](), 0
    for asked in requests:
        status, headers, body = answered(other, asked)
        statuses[status] += 1
        unasked = CANARY not in asked.address and CANARY not in str(asked.body)
        said += unasked and CANARY.casefold() in f"{headers}{body!r}".casefold()
    print(f"\n{len(requests)} requests, {dict(statuses)}")
    assert said == 0
