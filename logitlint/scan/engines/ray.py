"""Ray Data: the parts of a step are rows of a data set, and a task that is lost is done again by Ray."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..table import TableError

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
import ray.data

STORE_BYTES = 128 * 2**20
"""Memory for what tasks hand to one another on a cluster of this machine alone: numbers."""


def connect(address: str | None, jobs: int) -> None:
    """Join the cluster at an address, or the one that this process is started on; else start one on this machine.

    Raises:
        ConnectionError: there is no cluster at the address.
    """
    if address is not None or "RAY_ADDRESS" in os.environ:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    else:
        ray.init(
            "local",
            num_cpus=jobs,
            object_store_memory=STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )


def run(part: Callable[[int], None], numbers: Sequence[int]) -> Iterator[int]:
    """Do parts of a step, as many at a time as the cluster has processors.

    Raises:
        TableError: something cannot be read or written; the text says what.
    """

    def do(row: dict[str, Any]) -> dict[str, Any]:
        try:
            part(row["number"])
        except (TableError, OSError) as error:
            return {**row, "trouble": str(error)}
        return {**row, "trouble": ""}

    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    rows = ray.data.from_items([{"number": number} for number in numbers], override_num_blocks=len(numbers))
    for row in rows.map(do).iter_rows():
        if row["trouble"]:
            raise TableError(row["trouble"])
        yield row["number"]
