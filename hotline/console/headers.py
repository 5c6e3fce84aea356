"""What a browser is told never to do with our pages."""

from flask import Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_OURS = frozenset({"console", "bootstrap"})
_STATIC = frozenset({"console.static", "bootstrap.static"})
A_DAY = "public, max-age=86400"


def protect(response: Response) -> Response:
    """Set the headers on every page of the console, and on the answers to addresses that do not exist."""
    if request.endpoint is not None and request.blueprint not in _OURS:
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    kept = request.endpoint in _STATIC and response.status_code in (200, 304)
    response.headers["Cache-Control"] = A_DAY if kept else "no-store"
    return response
