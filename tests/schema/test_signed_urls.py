"""`gateway.schema.signed_urls`: when URLs stop working, by what they say themselves."""

from __future__ import annotations

import pytest

from gateway.schema.signed_urls import UNKNOWN_LIFE, life_of_urls

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z


@pytest.mark.parametrize(
    ("url", "life"),
    [
        ("https://x.test/a.wav", None),
        ("", None),
        (f"https://x.test/a?Expires={NOW + 90:.0f}&Signature=s", 90),
        (f"https://x.test/a?Expires={NOW - 90:.0f}", 0),
        ("https://x.test/a?X-Amz-Date=20231114T221300Z&X-Amz-Expires=100", 80),
        ("https://x.test/a?X-Goog-Date=20231114T221320Z&X-Goog-Expires=600", 600),
        ("https://x.test/a?X-Amz-Expires=100", UNKNOWN_LIFE),
        ("https://x.test/a?X-Amz-Date=yesterday&X-Amz-Expires=100", UNKNOWN_LIFE),
        ("https://x.test/a?X-Amz-Date=20231114T221320Z&X-Amz-Expires=long", UNKNOWN_LIFE),
        ("https://x.test/a?X-Amz-Date=00010101T000000%2B2359&X-Amz-Expires=1", 0),
        ("https://x.test/a?token=t", UNKNOWN_LIFE),
        ("https://x.test/a?Expires=soon", UNKNOWN_LIFE),
        ("https://[x.test/a?Expires=1", UNKNOWN_LIFE),
    ],
)
def test_a_url_says_how_long_it_works(url: str, life: float | None) -> None:
    assert life_of_urls([url], NOW) == life


def test_the_first_that_stops_counts() -> None:
    urls = [f"https://x.test/{n}?Expires={NOW + n:.0f}" for n in (50, 20, 90)]
    assert life_of_urls([*urls, None, "https://x.test/unsigned", 7], NOW) == 20


def test_no_urls_never_stop() -> None:
    assert life_of_urls([None, 7, {}], NOW) is None
