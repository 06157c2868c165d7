"""What a site's robots.txt allows (RFC 9309)."""

from dataclasses import dataclass

from protego import Protego

MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
MAX_AGE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one origin. ``reachable`` is false where they could not be read: then nothing may be fetched."""

    reachable: bool
    found: str
    rules: Protego | None = None

    def allows(self, url: str, agent: str) -> bool:
        """Whether ``agent`` (a product token such as "Muniment") may fetch an address of this origin."""
        return bool(self.rules.can_fetch(url, agent)) if self.rules else self.reachable

    def delay_seconds(self, agent: str) -> float:
        """The pause the site asks for between two requests."""
        if self.rules is None:
            return 0.0
        rate = self.rules.request_rate(agent)
        return max(self.rules.crawl_delay(agent) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps it names, as written."""
        return tuple(self.rules.sitemaps) if self.rules else ()


def read_robots(status: int, body: bytes) -> Robots:
    """The rules in an answer for /robots.txt: 2xx is read, 4xx means no limits, all else that nothing may be fetched.

    429 counts among "all else": a plea to slow down permits nothing.
    """
    if 200 <= status < 300:
        return Robots(True, f"status {status}", Protego.parse(body[:MAX_BYTES].decode("utf-8-sig", "replace")))
    return Robots(400 <= status < 500 and status != 429, f"status {status}")
