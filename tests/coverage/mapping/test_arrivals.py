"""What check_library.py stands on: arrivals.py notices a marker that stands for more than one way."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[3] / "coverage/collector/python/branchlight"))

import arrivals
import mapper
import rewriting


def others(source, line):
    """The line, once for each way to it that is not out of the header of the first site."""
    code = compile(source, "program.py", "exec", dont_inherit=True)
    mapping = mapper.Mapper()
    site = mapping.map(source, code)["sites"][0]
    mapping.close()
    return [line for line, _ in arrivals.other_arrivals(code, {line: site})]


def test_the_line_of_an_arm_is_come_to_from_its_header_alone():
    assert others("if a:\n    b\nc\n", 2) == []
    assert others("while a and b:\n    c\n    d\n", 2) == []
    assert others("for a in b:\n    c\n", 2) == []


def test_a_line_behind_both_arms_is_come_to_otherwise():
    assert others("if a:\n    b\nc\n", 3) == [3]
    assert others("for a in b:\n    if c:\n        break\nd\n", 4) == [4]


def test_a_handler_is_come_to_otherwise():
    assert others("try:\n    if a: pass\n    b\nexcept c:\n    d\n", 4)


def test_a_line_that_goes_on_behind_a_finally_is_come_to_once():
    program = "def f():\n    try:\n        if a:\n            return b\n    finally:\n        c\n"
    function = compile(program, "program.py", "exec", dont_inherit=True).co_consts[0]
    site = {"statement": [3, 8, 4, 20], "header": [3, 8, 3, 13]}
    assert list(arrivals.other_arrivals(function, {4: site})) == []


def test_a_case_that_always_matches_is_no_site_and_has_no_marker():
    source = "match a:\n    case 1:\n        b\n    case _:\n        if c: d\n"
    code = compile(source, "program.py", "exec", dont_inherit=True)
    _, _, records = rewriting.rewrite_text(source.encode(), "program.py", code)
    assert len(records) // 16 == 4  # the arms of `case 1` and of the `if`
