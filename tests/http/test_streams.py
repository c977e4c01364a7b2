"""`gateway.http.streams`: how many a tenant has open."""

from __future__ import annotations

import pytest

from gateway.errors import TooManyStreams
from gateway.http.streams import Streams


def test_each_tenant_has_so_many_and_no_more() -> None:
    streams = Streams(2)
    with streams.one_of("a"), streams.one_of("b"):
        with streams.one_of("a"):
            with pytest.raises(TooManyStreams) as caught, streams.one_of("a"):
                raise AssertionError("never reached")
            assert streams.open == {"a": 2, "b": 1}
        with streams.one_of("a"):
            assert streams.open == {"a": 2, "b": 1}
    assert dict(streams.open) == {}
    assert caught.value.extensions() == {"code": "TOO_MANY_STREAMS", "retryAfter": 1}


def test_one_that_ends_with_an_error_has_ended() -> None:
    streams = Streams(1)
    with pytest.raises(LookupError), streams.one_of("a"):
        raise LookupError
    assert dict(streams.open) == {}
