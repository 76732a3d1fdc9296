"""What was measured last, by interpreter: so that some of it can be measured anew without the rest."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import table
from analysis import Analysis

FOLDER = Path(__file__).resolve().parents[1] / ".deps" / "bench"


def keep(version: str, found: table.Interpreter) -> None:
    """Takes the place of what is known of the same things."""
    known = kept(version)
    if known:
        again = {one.workload: one for one in found.series}
        before = {one.workload for one in known.series}
        found = table.Interpreter(
            known.tools | found.tools,
            [again.get(one.workload, one) for one in known.series]
            + [one for one in found.series if one.workload not in before],
            found.latency or known.latency,
            found.pixels or known.pixels,
            found.analysis or known.analysis,
        )
    _path(version).write_text(json.dumps(asdict(found)), encoding="utf-8")


def kept(version: str) -> table.Interpreter | None:
    if not _path(version).exists():
        return None
    values = json.loads(_path(version).read_text(encoding="utf-8"))
    series = [table.Series(**one) for one in values.pop("series")]
    found = values.pop("analysis")
    return table.Interpreter(**values, series=series, analysis=found and Analysis(**found))


def _path(version: str) -> Path:
    return FOLDER / f"measured-{version}.json"
