"""The compiled collector needs the stable ABI of 3.12 and libc, and nothing else: one file for every CPython.

What the stable ABI is says CPython's Misc/stable_abi.toml, which the package abi3info carries as data.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import abi3info
import pytest

ROOT = Path(__file__).resolve().parents[2]
COLLECTOR = ROOT / "build/release/collector/branchlight/_collector.abi3.so"

# The compiler's own start-up files ask for these, weakly; a process without them is well.
OF_THE_COMPILER = {"__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}


def tool(*command: str) -> list[str]:
    return subprocess.run([*command, COLLECTOR], check=True, text=True, capture_output=True).stdout.splitlines()


@pytest.fixture(scope="module")
def stable_abi() -> set[str]:
    everything = [*abi3info.FUNCTIONS.values(), *abi3info.DATAS.values()]
    return {item.symbol.name for item in everything if (item.added.major, item.added.minor) <= (3, 12)}


@pytest.fixture(scope="module")
def needed() -> list[str]:
    return [line.split()[-1] for line in tool("nm", "-D", "--undefined-only")]


def test_what_is_needed_is_in_the_stable_abi_of_3_12_or_in_libc(needed: list[str], stable_abi: set[str]) -> None:
    def of_libc(symbol: str) -> bool:
        return bool(re.fullmatch(r"\w+@GLIBC_[0-9.]+", symbol)) or symbol in OF_THE_COMPILER

    assert [symbol for symbol in needed if not of_libc(symbol) and symbol not in stable_abi] == []


def test_python_is_needed_at_all(needed: list[str]) -> None:
    assert "PyModuleDef_Init" in needed


def test_only_libc_is_loaded() -> None:
    libraries = [found[1] for line in tool("readelf", "-d") if (found := re.search(r"NEEDED.*\[(.+)\]", line))]
    assert libraries == ["libc.so.6"]


def test_only_the_initialisation_is_exported() -> None:
    assert [line.split()[-1] for line in tool("nm", "-D", "--defined-only")] == ["PyInit__collector"]
