"""Keys: kept as hashes, shown once, revoked at once, and found nowhere."""

from datetime import date
from pathlib import Path
from zlib import crc32

import pytest
from click.testing import CliRunner

from service.cli import muniment
from service.keys import Keys, Scope

TODAY = date(2026, 5, 1)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "desk.sqlite")


def opens(keys: Keys, key: str, today: date) -> Scope | None:
    held = keys.held(key, today)
    return held.scope if held else None


def test_a_key_opens_what_it_was_given_for_until_it_is_revoked(keys: Keys) -> None:
    staff, admin = keys.add("Ada", Scope.STAFF), keys.add("Root", Scope.ADMIN)
    assert (opens(keys, staff, TODAY), opens(keys, admin, TODAY)) == (Scope.STAFF, Scope.ADMIN)
    [ada] = [one for one in keys.all() if one.name == "Ada"]
    assert keys.revoke(ada.id)
    assert not keys.revoke(ada.id)
    assert not keys.revoke("00000000")
    assert (opens(keys, staff, TODAY), opens(keys, admin, TODAY)) == (None, Scope.ADMIN)


def test_a_key_holds_to_the_end_of_its_last_day(keys: Keys) -> None:
    key = keys.add("Ada", Scope.STAFF, until=date(2026, 4, 30))
    assert opens(keys, key, date(2026, 4, 30)) is Scope.STAFF
    assert opens(keys, key, TODAY) is None


def test_a_key_is_a_prefix_128_random_bits_and_their_checksum(keys: Keys) -> None:
    made = [keys.add(f"No. {n}", Scope.STAFF) for n in range(20)]
    assert len(set(made)) == 20
    for key in made:
        prefix, bits = key.split("_")
        assert (prefix, len(bits)) == ("muniment", 40)
        assert f"{crc32(bits[:32].encode()):08x}" == bits[32:]


@pytest.mark.parametrize(
    "wrong", ["", "muniment_", "muniment_" + "0" * 40, "muniment_" + "g" * 40, "\0", "x" * 100_000]
)
def test_what_is_no_key_opens_nothing(keys: Keys, wrong: str) -> None:
    keys.add("Ada", Scope.STAFF)
    assert opens(keys, wrong, TODAY) is None


def test_one_character_wrong_anywhere_opens_nothing(keys: Keys) -> None:
    key = keys.add("Ada", Scope.STAFF)
    slips = [key[:at] + ("0" if key[at] != "0" else "1") + key[at + 1 :] for at in range(len(key))]
    assert not [slip for slip in slips if opens(keys, slip, TODAY)]


def test_keys_are_given_listed_and_revoked_on_the_command_line_and_the_store_has_none(tmp_path: Path) -> None:
    def said(*words: str) -> str:
        result = CliRunner().invoke(muniment, ["keys", *words, "--home", str(tmp_path)], standalone_mode=False)
        assert result.exception is None
        return result.output.strip()

    key = said("add", "Ada", "--scope", "admin", "--until", "2999-12-31")
    assert opens(Keys(tmp_path / "desk.sqlite"), key, TODAY) is Scope.ADMIN
    listed = said("list")
    assert "Ada" in listed and "admin" in listed and key not in listed
    said("revoke", listed.split()[0])
    assert "ended" in said("list")
    assert opens(Keys(tmp_path / "desk.sqlite"), key, TODAY) is None
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert key.encode() not in stored and key[9:41].encode() not in stored


def test_a_key_that_is_not_there_is_not_revoked_without_a_word(tmp_path: Path) -> None:
    result = CliRunner().invoke(muniment, ["keys", "revoke", "zzz", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "'zzz': `muniment keys list` shows which do" in result.stderr
