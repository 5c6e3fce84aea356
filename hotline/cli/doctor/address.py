"""How an address that somebody else has set is shown."""

from urllib.parse import urlsplit, urlunsplit


def shown(url: str) -> str:
    """An address as far as it is no secret: neither a password nor a query in it is repeated."""
    if not url:
        return "not set"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "no address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "…" if parts.query else "", ""))
