"""Asks the gateway in this container whether it lives: exit status 0 or 1.

Needs the standard library only, and no more of it than a check every few seconds is worth.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException


def is_live(port: int) -> bool:
    """Whether `/livez` answers 200 on loopback within two seconds."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_live(int(os.environ.get("GATEWAY_PORT") or 4000)))
