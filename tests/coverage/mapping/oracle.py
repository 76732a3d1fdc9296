"""Which arms a program takes, found twice and in ways that share nothing.

`arms_by_ast` rewrites the program's tree so that each arm reports itself and runs that. `jumps_by_monitoring` runs the
program as it is and notes the directions of its conditional jumps, which the mapping then has to turn into arms.
An arm is (line, column, kind of its site, True or False); a case's column is -1, for the tree has none.
"""

import ast
import contextlib
import dis
import itertools
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "differential"))

from world import OutOfFuel, World

TOOL = 4


def run(code, namespace):
    with contextlib.suppress(OutOfFuel, Exception):
        exec(code, namespace)


def irrefutable(pattern):
    if isinstance(pattern, ast.MatchOr):
        return irrefutable(pattern.patterns[-1])
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or irrefutable(pattern.pattern))


class ArmReporter(ast.NodeTransformer):
    """Puts `_arm(number, True or False)` at the head of each arm."""

    def __init__(self, source):
        self.sites = []
        self.lines = source.split("\n")

    def site(self, line, column, kind):
        self.sites.append((line, column, kind))
        return len(self.sites) - 1

    def call(self, site, arm):
        return ast.Call(ast.Name("_arm", ast.Load()), [ast.Constant(site), ast.Constant(arm)], [])

    def report(self, site, arm):
        return ast.Expr(self.call(site, arm))

    def two_armed(self, node, kind):
        site = self.site(node.lineno, node.col_offset, kind)
        node.body = [self.report(site, True), *self.visit_all(node.body)]
        node.orelse = [self.report(site, False), *self.visit_all(node.orelse)]
        return node

    def visit_all(self, statements):
        return [self.visit(statement) for statement in statements]

    def visit_If(self, node):
        return self.two_armed(node, "if")

    def visit_While(self, node):
        return self.two_armed(node, "while")

    def visit_For(self, node):
        return self.two_armed(node, "for")

    def visit_AsyncFor(self, node):
        return self.two_armed(node, "async for")

    def visit_Match(self, node):
        cases = []
        for case in node.cases:
            case.body = self.visit_all(case.body)
            cases.append(case)
            if case.guard is None and irrefutable(case.pattern):
                continue
            line = case.pattern.lineno  # or that of the keyword, with the pattern in brackets
            while not self.lines[line - 1].lstrip().startswith("case"):
                line -= 1
            site = self.site(line, -1, "case")
            case.body.insert(0, self.report(site, True))
            # Whoever comes here did not match; `_arm` gives None, so nor does this.
            cases.append(ast.match_case(ast.MatchAs(), self.call(site, False), [ast.Pass()]))
        node.cases = cases
        return node


def arms_by_ast(source, seed):
    reporter = ArmReporter(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.fix_missing_locations(reporter.visit(ast.parse(source)))
        code = compile(tree, "program.py", "exec", dont_inherit=True)
    taken = set()
    world = World(seed)
    world.namespace["_arm"] = lambda site, arm: taken.add((*reporter.sites[site], arm))
    run(code, world.namespace | {"__name__": "program"})
    return taken


def jumps_by_monitoring(code, seed):
    """(index among record_code.code_objects, offset, jumped) of each direction taken."""
    from record_code import code_objects

    monitoring = sys.monitoring
    numbers = {id(each): number for number, each in enumerate(code_objects(code))}
    taken = set()
    if hasattr(monitoring.events, "BRANCH_LEFT"):
        failing = False  # the end of an `async for` reports that it jumps before it looks at the exception

        def look_at(code, offset, exception):
            nonlocal failing
            while code.co_code[offset] == dis.EXTENDED_ARG:
                offset += 2
            at_end = code.co_code[offset] == dis.opmap["END_ASYNC_FOR"]
            failing = at_end and not isinstance(exception, StopAsyncIteration)

        def jump(code, offset, _):
            nonlocal failing
            if not failing:
                taken.add((numbers.get(id(code)), offset, True))
            failing = False

        callbacks = {
            monitoring.events.BRANCH_LEFT: lambda code, offset, _: taken.add((numbers.get(id(code)), offset, False)),
            monitoring.events.BRANCH_RIGHT: jump,
        }
        monitored_everywhere = {monitoring.events.EXCEPTION_HANDLED: look_at}
    else:
        callbacks = {
            monitoring.events.BRANCH: lambda code, offset, to: taken.add(
                (numbers.get(id(code)), offset, to != fall_through(code, offset))
            )
        }
        monitored_everywhere = {}
    monitoring.use_tool_id(TOOL, "oracle")
    try:
        for event, callback in (callbacks | monitored_everywhere).items():
            monitoring.register_callback(TOOL, event, callback)
        for each in code_objects(code):
            monitoring.set_local_events(TOOL, each, sum(callbacks))
        monitoring.set_events(TOOL, sum(monitored_everywhere))
        run(code, World(seed).namespace | {"__name__": "program"})
    finally:
        for each in code_objects(code):
            monitoring.set_local_events(TOOL, each, 0)
        monitoring.set_events(TOOL, 0)
        for event in callbacks | monitored_everywhere:
            monitoring.register_callback(TOOL, event, None)
        monitoring.free_tool_id(TOOL)
    return taken


_next_offsets = {}


def fall_through(code, offset):
    """Before 3.14 one event stands for both directions, and only its destination tells them apart."""
    if id(code) not in _next_offsets:
        instructions = list(dis.get_instructions(code))
        _next_offsets.clear()  # ids are used again
        _next_offsets[id(code)] = {a.offset: b.offset for a, b in itertools.pairwise(instructions)}
    return _next_offsets[id(code)].get(offset)


def compile_quietly(source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, "program.py", "exec", dont_inherit=True)
