"""`gateway.schema.signed_urls`: when URLs stop working, by what they say themselves."""

from __future__ import annotations

from base64 import b64encode

import orjson
import pytest

from gateway.schema.signed_urls import UNKNOWN_LIFE, life_of_urls

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z


def policy(end: float) -> str:
    """CloudFront's custom policy, as it stands in a URL."""
    statement = {"Condition": {"DateLessThan": {"AWS:EpochTime": int(end)}}, "Resource": "*??>"}
    text = b64encode(orjson.dumps({"Statement": [statement]})).decode()
    return text.translate(str.maketrans("+=/", "-_~"))


def test_what_does_not_say_is_taken_for_short() -> None:
    assert UNKNOWN_LIFE == 20  # docs/caching.md: entries live half as long


@pytest.mark.parametrize(
    ("url", "life"),
    [
        ("https://x.test/a.wav", None),
        ("https://x.test/a.wav?", None),
        ("", None),
        (f"https://x.test/a?Expires={NOW + 90:.0f}&Signature=s", 90),
        (f"https://x.test/a?Expires={NOW - 90:.0f}", 0),
        ("https://x.test/a?X-Amz-Date=20231114T221300Z&X-Amz-Expires=100", 80),
        ("https://x.test/a?X-Goog-Date=20231114T221320Z&X-Goog-Expires=600", 600),
        ("https://x.test/a?X-Amz-Expires=100", UNKNOWN_LIFE),
        ("https://x.test/a?X-Amz-Date=yesterday&X-Amz-Expires=100", UNKNOWN_LIFE),
        ("https://x.test/a?X-Amz-Date=20231114T221320Z&X-Amz-Expires=long", UNKNOWN_LIFE),
        ("https://x.test/a?X-Amz-Date=00010101T000000%2B2359&X-Amz-Expires=1", 0),
        ("https://x.test/a?x-amz-date=20231114T221300Z&x-amz-expires=100", 80),
        (f"https://x.test/a?Policy={policy(NOW + 300)}&Signature=s&Key-Pair-Id=k", 300),
        ("https://x.test/a?Policy=e30_&Signature=s", UNKNOWN_LIFE),
        ("https://x.test/a?TOKEN", UNKNOWN_LIFE),
        ("https://x.test/a?token=t", UNKNOWN_LIFE),
        ("https://x.test/a?Expires=soon", UNKNOWN_LIFE),
        ("https://[x.test/a?Expires=1", 0.0),
        ("https://x.test/a?Expires=1#?Expires=9999999999", 0.0),
        ("https://x.test/a#?Expires=1", None),
        ("https://x.test/a?%45xpires=1&Expires=9999999999", 0.0),
        ("https://x.test/a?X-Amz-Date=20231114T221320&X-Amz-Expires=60", UNKNOWN_LIFE),
        ("https://x.test/a?X-Amz-Date=20231114T221320Z&X-Amz-Expires=60", 60.0),
        ("https://x.test/a?X-Amz-Date=2023&X-Amz-Expires=60", UNKNOWN_LIFE),
    ],
)
def test_a_url_says_how_long_it_works(url: str, life: float | None) -> None:
    assert life_of_urls([url], NOW) == life


def test_the_first_that_stops_counts() -> None:
    urls = [f"https://x.test/{n}?Expires={NOW + n:.0f}" for n in (50, 20, 90)]
    assert life_of_urls([*urls, None, "https://x.test/unsigned", 7], NOW) == 20


def test_no_urls_never_stop() -> None:
    assert life_of_urls([None, 7, {}], NOW) is None
