"""docs/hit-log.md says what coverage/hitlog/format.h says: every offset, size and tag."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "hit-log.md").read_text()
FORMAT = (ROOT / "coverage" / "hitlog" / "format.h").read_text()
SIZES = {"char": 1, "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8, "Backend": 4, "LogState": 4}


def fields_of(struct: str) -> list[tuple[int, int, str]]:
    """(offset, bytes, name), laid out as the compiler does."""
    body = re.search(rf"struct {struct} {{\n(.*?)}};", FORMAT, re.DOTALL)[1]
    fields, offset = [], 0
    for kind, name, count in re.findall(r"^\s*(\w+) (\w+)(?:\[(\d+)\])?;", body, re.MULTILINE):
        size = SIZES[kind]
        assert offset % size == 0
        fields.append((offset, size * int(count or 1), name))
        offset += size * int(count or 1)
    return fields


def table_after(text: str) -> list[tuple[int, int, str]]:
    rest = PAGE[PAGE.index(text) :]
    table = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)[0]
    return [(int(a), int(b), name) for a, b, name in re.findall(r"^\| (\d+) \| (\d+) \| `(\w+)`", table, re.MULTILINE)]


def values(enum: str) -> dict[str, int]:
    body = re.search(rf"enum class {enum} : \w+ {{(.*?)}};", FORMAT, re.DOTALL)[1]
    return {name: int(value, 0) for name, value in re.findall(r"(\w+) = (\w+)", re.sub("//.*", "", body))}


def test_every_field_is_where_the_page_says():
    for struct, place in {
        "Header": "## The header",
        "FileRecord": "**FileRecord**",
        "CodeRecord": "**CodeRecord**",
        "MarkerRecord": "**MarkerRecord**",
    }.items():
        assert table_after(place) == fields_of(struct), struct


def test_every_tag_is_on_the_page():
    tags = {name: int(tag, 16) for tag, name in re.findall(r"^\| (0x\w\w) \| (\w+) \|", PAGE, re.MULTILINE)}
    expected = values("Tag")
    assert expected.pop("none") == 0
    assert tags == expected
    first_payload = int(re.search(r"first_payload_tag = (\w+)", FORMAT)[1], 0)
    assert f"A tag below {first_payload:#x} is that one word" in PAGE


def test_every_value_is_on_the_page():
    for enum, separator in {"Backend": ", ", "LogState": ", ", "Outcome": ", "}.items():
        words = separator.join(f"{value} {name}" for name, value in values(enum).items())
        assert words in PAGE, words
    kinds = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in values("NoteKind").items())
    assert f"kind: {kinds}" in PAGE
    for constant in ("magic", "format_version", "byte_order_mark", "max_number"):
        assert re.search(rf"{constant}\b", FORMAT)
    assert "`BLHITLOG`" in PAGE and "0x01020304" in PAGE and "0xFFFFFF" in PAGE
    assert int(re.search(r"test_inherited = (\d)", FORMAT)[1]) == 1 and "or 1: inherited" in PAGE


def test_the_collectors_python_uses_the_same_values():
    folder = ROOT / "coverage" / "collector" / "python" / "branchlight"
    outcomes = list(values("Outcome").values())
    for name in ("pytest_plugin", "unittest_tests"):
        assert (
            f"PASSED, FAILED, SKIPPED, INTERRUPTED = {', '.join(map(str, outcomes))}"
            in (folder / f"{name}.py").read_text()
        )
    bootstrap = (folder / "bootstrap.py").read_text()
    backends, kinds = values("Backend"), values("NoteKind")
    numbers = ", ".join(str(backends[name]) for name in ("events", "markers", "bookkeeping"))
    assert f"EVENTS, MARKERS, BOOKKEEPING = {numbers}" in bootstrap
    assert f"WARNING, TOOL_ID = {kinds['warning']}, {kinds['tool_id']}" in bootstrap
