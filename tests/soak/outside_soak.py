"""The whole suite where there is no network but loopback: it passes, and neither it nor a browser tries to leave."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
# The kernel counts, for all processes of the namespace, what it had no route for.
_COUNTED = "awk '/^Ip: F/ {for (i = 1; i <= NF; i++) if ($i == \"OutNoRoutes\") at = i} /^Ip: [0-9]/ {print $at}'"
_STRANGER = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"


def alone(*command: str) -> tuple[int, int]:
    """The exit code of ``command`` in a namespace of its own, and how often something there tried to leave it."""
    inside = f'ip link set lo up || exit 99; "$@" >&2; code=$?; echo $code $({_COUNTED} /proc/net/snmp)'
    done = subprocess.run(
        ["unshare", "--map-root-user", "--net", "sh", "-c", inside, "sh", *command],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout.strip():
        pytest.skip("this machine gives no network namespace of one's own")
    code, left = map(int, done.stdout.split())
    return code, left


def test_an_attempt_to_leave_is_counted() -> None:
    code, left = alone(sys.executable, "-c", _STRANGER)
    assert code != 0 and left == 1


def test_the_suite_passes_with_loopback_alone_and_nothing_tries_to_leave() -> None:
    # The one file left out tries to leave, to be noted.
    code, left = alone(sys.executable, "-m", "pytest", "-q", "tests", "--ignore=tests/test_outside.py")
    print(f"the suite with loopback alone: exit code {code}, attempts to leave: {left}")
    assert (code, left) == (0, 0)
