"""What was measured last, by interpreter: so that one can be measured anew without the others."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import table
from analysis import Analysis

FOLDER = Path(__file__).resolve().parents[1] / ".deps" / "bench"


def keep(version: str, found: table.Interpreter) -> None:
    (FOLDER / f"measured-{version}.json").write_text(json.dumps(asdict(found)), encoding="utf-8")


def kept(version: str) -> table.Interpreter | None:
    path = FOLDER / f"measured-{version}.json"
    if not path.exists():
        return None
    values = json.loads(path.read_text(encoding="utf-8"))
    series = [table.Series(**one) for one in values.pop("series")]
    found = values.pop("analysis")
    return table.Interpreter(**values, series=series, analysis=found and Analysis(**found))
