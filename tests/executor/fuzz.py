"""Any number of examples of compiled and interpreted execution: `python -m tests.executor.fuzz`.

Stops at the first seed whose answers differ, and shows its document; `--first` begins there.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.executor.ways import EXAMPLES_OF_A_SEED, Differs, Tally, compare_seed

AT_A_TIME = 50


async def compare_seeds(seeds: range) -> Tally:
    """What these seeds show, together."""
    tally = Tally()
    for seed in seeds:
        tally.add(await compare_seed(seed))
    return tally


def _in_a_process(seeds: range) -> Tally | str:
    logging.basicConfig(level=logging.CRITICAL)  # nobody reads of damage that was meant
    tally = Tally()
    for seed in seeds:
        try:
            tally.add(asyncio.run(compare_seed(seed)))
        except Differs as difference:
            return str(difference)
        except Exception as error:  # noqa: BLE001 - shown with its seed, whatever it is
            return f"{seed=}: {error!r}"
    return tally


def main() -> int:
    """Exit status 1 where the two ways differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed")
    given = parser.parse_args()
    last = given.first + -(-given.examples // EXAMPLES_OF_A_SEED)
    parts = [range(at, min(at + AT_A_TIME, last)) for at in range(given.first, last, AT_A_TIME)]
    tally, began = Tally(), time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for outcome in pool.map(_in_a_process, parts):
            if isinstance(outcome, str):
                pool.shutdown(wait=False, cancel_futures=True)
                print(outcome)
                return 1
            tally.add(outcome)
            if sys.stderr.isatty():
                print(f"\r{tally.examples} examples", end="", file=sys.stderr)
    seconds = time.monotonic() - began
    print(f"{tally.examples / seconds:.0f} examples a second, all the same: {tally}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
