"""Addresses as strings: one canonical form, which site they belong to, and which are not worth a request."""

import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote, unquote, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"""(?:utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|matomo_\w+|hsa_\w+|oly_\w+|vero_\w+|fb_\w+|_hs\w+|hsCtaTracking
    |[gdwb]clid|gclsrc|gbraid|wbraid|fbclid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|mkt_tok|_ga|_gl|_gac
    |ref_src|wt\.mc_id|cmpid|trk|s_cid|replytocom|share
    |phpsessid|jsessionid|aspsessionid\w*|session_?id|sessid|zenid|oscsid|cfid|cftoken)$""",
    re.IGNORECASE | re.VERBOSE,
)
_SESSION_SEGMENT = re.compile(
    r"/\((?:[A-Z]\([^()/]{8,}\))+\)(?=/|$)|;(?:jsessionid|phpsessid|sid)=[^/?;]*", re.IGNORECASE
)
_ENCODED = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$")

_MEDIA = re.compile(
    r"""\.(?:jpe?g|png|gif|webp|svgz?|ico|bmp|tiff?|heic|avif|eps|psd|ai|mp[34]|m4[av]|mov|avi|wmv|flv|webm|ogg|og[av]
    |wav|wma|aac|flac|zip|rar|7z|gz|tgz|bz2|xz|tar|exe|msi|dmg|pkg|apk|iso|bin|css|m?js|map|woff2?|ttf|otf|eot|xlsx?
    |csv|tsv|pptx?|pps|odp|ods|mdb|accdb|ics|vcf|vcard|epub|mobi|swf|json|xsd|xsl|dtd|kml|kmz|gpx|shp|rss|atom)$""",
    re.IGNORECASE | re.VERBOSE,
)
_CALENDAR_PATH = re.compile(
    r"""/(?:calendars?|events?|diary|whats-on)(?:/[a-z]+)?/
    (?:\d{4}-\d{1,2}(?:-\d{1,2})?|\d{4}/(?:\d{1,2}|[a-z]{3,9})(?:/\d{1,2})?|today|month|week|day)/?$""",
    re.IGNORECASE | re.VERBOSE,
)
_CALENDAR_KEYS = frozenset(
    "ical outlook-ical month mon week day date eventdate caldate calendar tribe-bar-date".split()
)
_LOGIN = frozenset(
    """login log-in logon signin sign-in signon signup sign-up register logout log-out signout sign-out wp-login
    wp-admin wp-signup password forgot-password reset-password lost-password my-account checkout cart basket""".split()
)
_SEARCH = frozenset("search search-results searchresults site-search find".split())
_SEARCH_KEYS = frozenset("s q query search keys keyword keywords searchterm search_api_fulltext".split())
_MACHINE = frozenset("xmlrpc wp-json wp-cron wp-content-api cdn-cgi trackback feed rss atom embed oembed".split())
_MAX_LENGTH, _MAX_SEGMENTS, _MAX_PARAMETERS, _MAX_REPEATS = 1_000, 16, 4, 2


def canonical(url: str, base: str | None = None) -> str:
    """The one spelling of an http(s) address, or "" for what is none; idempotent.

    Relative addresses are joined to ``base``. Gone are fragment, user and password, default port, a final dot of the
    host, dot segments, session ids and tracking parameters; parameters are sorted by name, their order within a name
    kept. A final slash stays as it is: only the site knows whether "/a" is "/a/".
    """
    try:
        return _canonical(_joined(url.strip().replace("\\", "/"), base or ""))
    except (ValueError, UnicodeError):
        return ""


def _joined(url: str, base: str) -> str:
    if url.startswith("/") and not url.startswith("//") and base:
        return origin_of(base) + url
    return url if url.startswith(("http://", "https://")) else urljoin(base, url)


@lru_cache(maxsize=1 << 16)
def _canonical(url: str) -> str:
    from w3lib.url import canonicalize_url  # read late: it reads an HTTP client, which a search does without

    split = urlsplit(url)
    if split.scheme not in _DEFAULT_PORTS or not split.hostname:
        return ""
    path = _SESSION_SEGMENT.sub("", split.path)
    host = f"[{split.hostname}]" if ":" in split.hostname else split.hostname.rstrip(".")
    port = "" if split.port in (None, _DEFAULT_PORTS[split.scheme]) else f":{split.port}"
    bare = str(canonicalize_url(f"{split.scheme}://{host}{port}{path or '/'}"))
    query = _query(split.query)
    return (f"{bare}?{query}" if query else bare) if _host_is_sound(bare) else ""


def host_of(url: str) -> str:
    """Host and, unless it is the default, port of a canonical address: "example.org", "127.0.0.1:8900"."""
    return urlsplit(url).netloc


def as_host(written: str) -> str:
    """A host as canonical addresses have it, whatever its case and with a default port or without; "" for none."""
    return "" if "/" in written else host_of(canonical(f"https://{written}".removesuffix(":80")))


def origin_of(url: str) -> str:
    """Scheme and host of a canonical address: "https://example.org"."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}"


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def same_site(url: str, hosts: Collection[str]) -> bool:
    """Whether a canonical address lies on one of ``hosts``; "www." in front makes no difference."""
    return host_of(url).removeprefix("www.") in {host.removeprefix("www.") for host in hosts}


def worth_reading(url: str) -> str | None:
    """The rule by which a canonical address is not worth a request, or None if it is.

    Rules: "media", "calendar", "login", "search", "machine" (feeds and programs' interfaces), "parameters" (too many),
    "trap" (too long, too deep, or one path segment again and again).
    """
    split = urlsplit(url)
    segments = [segment for segment in unquote(split.path).lower().split("/") if segment]
    ends = {segments[at].rsplit(".", 1)[0] for at in (0, -1)} if segments else set()
    keys = [part.partition("=")[0].lower() for part in split.query.split("&") if part]
    if _MEDIA.search(split.path):
        return "media"
    if _CALENDAR_PATH.search(split.path) or _CALENDAR_KEYS.intersection(keys):
        return "calendar"
    for rule, words in (("login", _LOGIN), ("search", _SEARCH), ("machine", _MACHINE)):
        if ends & words:
            return rule
    if _SEARCH_KEYS.intersection(keys):
        return "search"
    if len(keys) > _MAX_PARAMETERS:
        return "parameters"
    return "trap" if _looks_endless(url, segments) else None


def _looks_endless(url: str, segments: list[str]) -> bool:
    repeats = max((segments.count(each) for each in set(segments)), default=0)
    return len(url) > _MAX_LENGTH or len(segments) > _MAX_SEGMENTS or repeats > _MAX_REPEATS


def _host_is_sound(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if ":" in host:
        return True
    if _HOST.match(host) is None or ".." in host:
        return False
    # The old numeric spellings ("127.1", "2130706433", "0x7f.1") are no addresses: systems read them in their own ways.
    return not re.fullmatch(r"[0-9.]+|0x[0-9a-f.x]+", host) or ip_of(host) is not None


def _query(query: str) -> str:
    parts = [part for part in query.split("&") if part and not _TRACKING.match(unquote(part.partition("=")[0]))]
    spelled = [_ENCODED.sub(_spell, quote(part, safe="%/?:@!$'()*,;=+-._~[]")) for part in parts]
    return "&".join(sorted(spelled, key=lambda part: part.partition("=")[0]))


def _spell(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return character if character in _UNRESERVED else f"%{match.group(1).upper()}"
