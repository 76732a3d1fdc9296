"""The C++ mapping against an oracle that shares nothing with it, on random programs and on the seed programs.

    BRANCHLIGHT=build/release/server/branchlight python3.14 -m pytest tests/coverage/mapping

Runs on the interpreter that runs it. Without pytest, for many programs: `python test_oracle.py FIRST COUNT`. On 3.12 and
3.13, whose collector tells of arms by markers, it only shows how far bookkeeping by jumps would come.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mapper
import oracle  # which makes the folder of programs known
import programs as random_programs

PROGRAMS = Path(__file__).parent / "fixtures"


def differences(mapping, source, seed=1):
    """What the mapping and the oracle say differently, in words; and how many sites there were."""
    code = oracle.compile_quietly(source)
    mapped = mapping.map(source, code)
    expected = oracle.arms_by_ast(source, seed)
    actual, wrong = mapper.arms_taken(mapped, oracle.jumps_by_monitoring(code, seed))
    constant = mapper.folded(mapped)
    if sys.version_info < (3, 14):  # an `async for` is no branch to these: the collector uses markers there
        expected = {arm for arm in expected if arm[2] != "async for"}
    wrong += [f"taken, but not mapped: {arm}" for arm in sorted(expected - actual) if arm[:3] not in constant]
    wrong += [f"mapped, but not taken: {arm}" for arm in sorted(actual - expected)]
    return wrong, len(mapped["sites"])


def check_many(mapping, first, count, show=print):
    """(programs, sites, programs that differ)."""
    programs = sites = 0
    bad = []
    for seed in range(first, first + count):
        source = random_programs.random_program(seed)
        if source is None:
            continue
        programs += 1
        wrong, found = differences(mapping, source, seed)
        sites += found
        if wrong:
            bad.append(seed)
            show(f"--- seed {seed}")
            for line in wrong:
                show(line)
    return programs, sites, bad


if "pytest" in sys.modules and sys.version_info < (3, 14):
    import pytest

    pytest.skip("3.12 and 3.13 tell of arms by markers, not by jumps", allow_module_level=True)


def test_random_programs_take_the_arms_that_the_oracle_says():
    mapping = mapper.Mapper()
    try:
        programs, sites, bad = check_many(mapping, 1, 300)
    finally:
        mapping.close()
    assert programs > 200 and sites > 2000
    assert bad == []


def test_seed_programs_take_the_arms_that_the_oracle_says():
    mapping = mapper.Mapper()
    try:
        for path in sorted(PROGRAMS.glob("*.py")):
            wrong, _ = differences(mapping, path.read_text(encoding="utf-8"))
            assert wrong == [], path.name
    finally:
        mapping.close()


if __name__ == "__main__":
    mapping = mapper.Mapper()
    programs, sites, bad = check_many(mapping, int(sys.argv[1]), int(sys.argv[2]))
    print(f"{sys.version.split()[0]}: {programs} programs, {sites} sites, {len(bad)} that differ: {bad}")
    mapping.close()
    sys.exit(bool(bad))
