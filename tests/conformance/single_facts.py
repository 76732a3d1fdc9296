"""Single differences whose reason no rule can see in the text: by project, and by the words that name them."""

from __future__ import annotations

from collections.abc import Iterator

from compare import Comparison

LATE = "closed while the interpreter ended, when coverage.py had stopped already: a generator that nobody finished"

_AT = "src/jinja2/environment.py:1347: "
FACTS = {
    ("jinja2-3.1.6", _AT + "executed_lines 1347: Branchlight only"): LATE,
    ("jinja2-3.1.6", _AT + "missing_lines 1347: coverage.py only"): LATE,
}


def explain(result: Comparison) -> None:
    for each in list(result.unexplained):
        if reason := FACTS.get((result.project, each)):
            result.unexplained.remove(each)
            result.reasons[reason] = result.reasons.get(reason, 0) + 1


def reasons() -> Iterator[str]:
    return iter(dict.fromkeys(FACTS.values()))
