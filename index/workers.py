"""Processes that work beside this one, and end with it."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread

# The largest piece of memory of which glibc learns, when it is freed, how much to keep: 32 MiB.
_LARGEST = 2**25 - 2**16


def workers(count: int) -> ProcessPoolExecutor:
    """So many processes, started when there is work for them."""
    # Forking a process that runs threads can leave a lock taken for ever in the child.
    return ProcessPoolExecutor(count, get_context("spawn"), _begin)


def end_with_parent() -> None:
    """End as soon as the process that started this one does, if one did: left alone it would wait for ever."""
    if parent := parent_process():
        Thread(target=_end_after, args=(parent,), daemon=True).start()


def _begin() -> None:
    end_with_parent()
    # Else arrays are given back to the system and asked for again, one by one: a third of the time of what uses many.
    bytearray(_LARGEST)


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
