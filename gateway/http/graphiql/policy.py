"""What a browser is told that the page may do: load from its own origin, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.http.problem import Header

# Monaco, the editor, writes its theme into <style> elements and positions into `style` attributes
# of the lines it draws: hence 'unsafe-inline', for styles only. Its cursors and squiggles are
# `data:` images. Its workers are files of ours, so no `blob:` is needed.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'none'",
    )
)

# Workers are under the policy of their own file, so every file carries it, not the page alone.
SECURITY: tuple[Header, ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
