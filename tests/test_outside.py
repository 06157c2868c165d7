"""The tests themselves reach no other machine: conftest notes every attempt, and one fails the whole run."""

import socket

from conftest import OUTSIDE


def test_an_attempt_to_reach_another_machine_is_noted() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quiet:
        quiet.connect(("192.0.2.1", 9))  # a datagram socket sends nothing by this
    assert OUTSIDE.pop() == "('192.0.2.1', 9)"
