"""docs/architecture.md, "The folders, in the order of the data", held against the #include lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each list in the order of the page: a folder may include from itself and from those before it.
ORDER = {
    "protocol": ["jsonrpc", "lsp"],
    "coverage": [
        "text",
        "syntax",
        "configuration",
        "hitlog",
        "collector",
        "mapping",
        "freshness",
        "model",
        "selection",
        "exchange",
    ],
    "server": ["features", "documents", "runs", "state", "session", "cli"],
}
ALSO_FROM = {"protocol": [], "coverage": [], "server": ["protocol", "coverage"]}

# Only here may one file, or one folder, know both LSP and coverage.
KNOWS_BOTH = {"server/session", "server/cli"}

# Where a library may be named. What stands in no list is free.
HOME_OF_LIBRARY = {
    "Python.h": ["coverage/collector/native"],
    "tree_sitter/": ["coverage/syntax"],
    "pcre2.h": ["coverage/configuration"],
    "toml++/": ["coverage/configuration", "server/cli"],
    "sqlite3.h": ["server/state"],
    "boost/": ["server/runs", "server/session", "server/cli"],
    "spdlog/": ["server"],
    "CLI/": ["server/cli"],
}


class Include(NamedTuple):
    file: str  # from the root
    line: int
    target: str
    ours: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line} includes {self.target}"


def sources(top: str) -> list[Path]:
    return sorted(p for p in (ROOT / top).rglob("*") if p.suffix in {".c", ".cpp", ".h"})


def includes(top: str) -> Iterator[Include]:
    for source in sources(top):
        for number, line in enumerate(source.read_text().splitlines(), 1):
            if found := re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line):
                yield Include(source.relative_to(ROOT).as_posix(), number, found[2], found[1] == '"')


def folder_of(path: str) -> str:
    """The first two parts of a path, which is what the order speaks of: server/runs."""
    return "/".join(PurePosixPath(path).parts[:2])


def is_allowed(include: Include) -> bool:
    top, folder = folder_of(include.file).split("/")
    target_top, target_folder = (*folder_of(include.target).split("/"), "")[:2]
    if target_top != top:
        return target_top in ALSO_FROM[top]
    order = ORDER[top]
    return target_folder in order and order.index(target_folder) <= order.index(folder)


@pytest.mark.parametrize("top", ORDER)
def test_every_folder_has_its_place_in_the_order(top: str) -> None:
    folders = {folder_of(p.relative_to(ROOT).as_posix()).split("/")[1] for p in sources(top)}
    assert folders, f"{top}/ has no sources"
    assert folders <= set(ORDER[top])


@pytest.mark.parametrize("top", ORDER)
def test_our_own_headers_are_named_from_the_root(top: str) -> None:
    assert [str(i) for i in includes(top) if i.ours and not (ROOT / i.target).is_file()] == []


@pytest.mark.parametrize("top", ORDER)
def test_a_folder_includes_only_from_those_above_it(top: str) -> None:
    assert [str(i) for i in includes(top) if i.ours and not is_allowed(i)] == []


def test_only_session_and_cli_know_both_lsp_and_coverage() -> None:
    known: dict[str, set[str]] = {}
    for include in includes("server"):
        if include.ours:
            known.setdefault(folder_of(include.file), set()).add(folder_of(include.target).split("/")[0])
    both = {folder for folder, tops in known.items() if {"protocol", "coverage"} <= tops}
    assert both <= KNOWS_BOTH


@pytest.mark.parametrize("top", ORDER)
def test_a_library_stays_in_its_folders(top: str) -> None:
    def at_home(include: Include) -> bool:
        homes = [h for library, hs in HOME_OF_LIBRARY.items() if include.target.startswith(library) for h in hs]
        return not homes or any(PurePosixPath(include.file).is_relative_to(home) for home in homes)

    assert [str(i) for i in includes(top) if not i.ours and not at_home(i)] == []


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("protocol/jsonrpc", r"coverage|python|branchlight/|textDocument"),
        ("coverage", r"jsonrpc|\blsp\b|language.server|textDocument"),
    ],
)
def test_a_layer_does_not_even_mention_what_it_must_not_know(folder: str, words: str) -> None:
    mentions = [
        f"{source.relative_to(ROOT)}:{number}: {line.strip()}"
        for source in sources(folder)
        for number, line in enumerate(source.read_text().splitlines(), 1)
        if re.search(words, line, re.IGNORECASE)
    ]
    assert mentions == []


def test_the_page_names_the_folders_that_this_test_knows() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    layout = page.split("## The folders", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^ {4}(?:\w+/)? +(\w+)/ ", layout, re.MULTILINE)
    known = [folder for top in ORDER.values() for folder in top]
    assert [folder for folder in known if folder in named] == [folder for folder in named if folder in known]
    assert set(named) <= set(known)


def test_the_rule_itself_can_tell_right_from_wrong() -> None:
    def allowed(file: str, target: str) -> bool:
        return is_allowed(Include(file, 1, target, ours=True))

    assert allowed("coverage/mapping/mapping.cpp", "coverage/syntax/syntax.h")
    assert allowed("server/session/loop.cpp", "coverage/model/knowledge.h")
    assert not allowed("coverage/syntax/syntax.cpp", "coverage/mapping/mapping.h")
    assert not allowed("coverage/text/source_text.cpp", "protocol/lsp/types.h")
    assert not allowed("protocol/lsp/types.h", "coverage/text/source_text.h")
    assert not allowed("server/features/hints.cpp", "server/session/loop.h")
