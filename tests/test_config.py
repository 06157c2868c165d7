"""Settings: four layers, one reader, no unknown name."""

from pathlib import Path

import pytest

from service.config import Settings, names, read_settings
from service.errors import BadSetting


def write(home: Path, text: str) -> Path:
    (home / "muniment.toml").write_text(text)
    return home


def test_defaults_hold_where_nothing_is_said(tmp_path: Path) -> None:
    configured = read_settings(tmp_path, environment={})
    assert configured.settings == Settings()
    assert configured.origins == {}


def test_the_later_layer_wins_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, 'name = "From the file"\n[serve]\nport = 1\nhost = "h"\n[crawl]\nseeds = ["https://a.example/"]\n')
    configured = read_settings(
        tmp_path, {"MUNIMENT_SERVE_PORT": "2", "MUNIMENT_SERVE_HOST": "env", "PATH": "/bin"}, {"serve.port": 3}
    )
    assert configured.settings.name == "From the file"
    assert configured.settings.crawl.seeds == ("https://a.example/",)
    assert (configured.settings.serve.host, configured.settings.serve.port) == ("env", 3)
    assert configured.origins["serve.host"] == "environment"
    assert configured.origins["serve.port"] == "flag"


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path, '\ufeffname = "Notes"\n'), {}).settings.name == "Notes"


def test_a_flag_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {}, {"serve.port": None}).settings.serve.port == Settings().serve.port


@pytest.mark.parametrize(
    ("text", "environment", "said"),
    [
        ("prot = 1", {}, "prot"),
        ("[serve]\nprot = 1", {}, "Did you mean serve.port?"),
        ("", {"MUNIMENT_SERVE_PROT": "1"}, "Did you mean serve.port?"),
        ("[crawl]\npace = 1", {}, "Did you mean crawl.pace_seconds?"),
        ("", {"MUNIMENT_CRAWL_PACE": "3"}, "Did you mean crawl.pace_seconds?"),
        ('[serve]\nport = "many"', {}, "serve.port"),
        ("[serve]\nport = 65536", {}, "serve.port"),
        ("", {"MUNIMENT_SERVE_PORT": "-1"}, "serve.port"),
        ("", {"MUNIMENT_CRAWL_LOOPBACK": "perhaps"}, "crawl.loopback"),
        ("[crawl]\nmax_depth = -1", {}, "crawl.max_depth"),
        ("[crawl]\nmax_pages = 0", {}, "crawl.max_pages"),
        ("[crawl]\nat_once = 0", {}, "crawl.at_once"),
        ("[crawl]\nmax_hours = 0", {}, "crawl.max_hours"),
        ("[crawl]\nmax_gigabytes = inf", {}, "crawl.max_gigabytes"),
        ("[crawl]\npace_seconds = nan", {}, "crawl.pace_seconds"),
        ("[serve]\nper_minute = -1", {}, "serve.per_minute"),
        ('[crawl]\nlogin_value = "Bearer x\\n"', {}, "crawl.login_value"),
        ("", {"MUNIMENT_CRAWL_LOGIN_VALUE": "a=b\nc=d"}, "crawl.login_value"),
        ('[crawl]\nlogin_header = "Cookie:"', {}, "crawl.login_header"),
        ('[crawl]\nuser_agent = "Us/1\\r\\n(x)"', {}, "crawl.user_agent"),
        ('[serve]\nuser_header = "X-User:"', {}, "serve.user_header"),
        ("", {"MUNIMENT_SERVE_HOST": ""}, "serve.host"),
        ('base_path = "library"', {}, "base_path"),
        ('base_path = "//library"', {}, "base_path"),
        ('[serve]\nproxies = ["nonsense"]', {}, "'nonsense' in proxies; write the address of each proxy"),
        ('[serve]\nproxies = ["::1", "10.0.0.0/8"]', {}, "'10.0.0.0/8' in proxies"),
        ('[serve]\nproxies = ["::0001"]', {}, "'::0001' in proxies"),
        ("name = ", {}, "muniment.toml"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, environment: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_settings(write(tmp_path, text), environment)
    assert said in str(caught.value)


def test_every_setting_can_be_set_from_the_environment(tmp_path: Path) -> None:
    for name in names():
        variable = "MUNIMENT_" + name.replace(".", "_").upper()
        value = {"loopback": "true", "port": "5", "seeds": '["x"]', "include": '["x"]', "exclude": '["x"]'}
        value |= {"hosts": '["x"]', "questions": '["x"]', "kinds": '[["/x/*", "report"]]'}
        value |= {"proxies": '["::1"]', "base_path": "/x"}
        last = name.split(".")[-1]
        text = value.get(last, "7" if last.startswith(("max", "pace", "at_", "per_", "workers")) else "x")
        assert read_settings(tmp_path, {variable: text}).origins == {name: "environment"}
