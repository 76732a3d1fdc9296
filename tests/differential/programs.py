"""Makes random Python programs, of every construct that the interpreter knows, that branch a lot and always end.

The names that they use are in world.py. The letter é stands for whatever letter the file's encoding has (files.py).

    python programs.py SEED     shows one
"""

import random
import sys
import warnings

import files

VERSION = sys.version_info[:2]


class Context:
    """What is allowed where a statement stands."""

    def __init__(self, in_loop=False, in_function=False, is_generator=False, is_async=False, in_try=False, handles=False,
                 in_class=False, is_module=False):  # fmt: skip
        self.in_loop = in_loop
        self.in_function = in_function
        self.is_generator = is_generator
        self.is_async = is_async
        self.in_try = in_try
        self.handles = handles
        self.in_class = in_class
        self.is_module = is_module

    def but(self, **changes):
        return Context(**{**vars(self), **changes})

    def loop(self):
        return self.but(in_loop=True)

    def trying(self):
        return self.but(in_try=True)


class Program:
    def __init__(self, seed, size=40):
        self.random = random.Random(seed)
        self.left = size
        self.lines = []
        self.names = 0

    def source(self):
        context = Context(is_module=True)
        if self.chance(0.15):
            self.docstring(0)
        if self.chance(0.1):
            self.emit(0, "from __future__ import annotations")
        self.emit(0, "v = w = é = 0")
        while self.left > 0:
            self.statement(0, context)
        return "\n".join(self.lines) + "\n"

    # -- helpers

    def emit(self, depth, text):
        if self.chance(0.04):
            self.lines.append(self.pick("", "", "    " * depth + "# why:", "# é", "    " * (depth + 2) + "# if x:"))
        self.lines.append("    " * depth + text)

    def chance(self, p):
        return self.random.random() < p

    def pick(self, *choices):
        return self.random.choice(choices)

    def name(self, stem):
        self.names += 1
        return f"{stem}{self.names}" + ("é" if self.chance(0.1) else "")

    # -- expressions

    def operand(self, context, depth):
        plain = [
            lambda: "c()", lambda: "c(3)", lambda: "v", lambda: "c() == 1", lambda: "c() is None", lambda: "v is not None",
            lambda: "c()" if context.in_class else "(w := c(3))", lambda: "c() in (0, 1)", lambda: "'é' and c()", lambda: "é", lambda: "c() != 0",
        ]  # fmt: skip
        nested = [
            lambda: f"not {self.operand(context, depth + 1)}",
            lambda: f"({self.condition(context, depth + 1)})",
            lambda: f"0 <= c(3) {self.pick('<', '<=', '==')} {self.pick('c(3)', '1')}",
            lambda: f"0 <= c(3) < c(4) <= {self.pick('c(3)', '2')}",
            lambda: f"({self.operand(context, depth + 1)} if {self.operand(context, depth + 1)} else {self.operand(context, depth + 1)})",
            lambda: f"any([x for x in items(3) if {self.operand(context, depth + 1)}])",
            lambda: f"all(x for x in items(3) if {self.operand(Context(), depth + 1)})",
            lambda: "[x for x in items(3)]",
            lambda: f"(lambda: {self.condition(Context(), depth + 1)})()",
            lambda: f"(lambda x=c(): x and {self.operand(Context(), depth + 1)})()",
            lambda: "{x: 1 for x in items(2) for y in items(2)}",
            lambda: "{x for x in items(3) if x if c()}",
            lambda: f"f'{{c()}}{{{self.operand(Context(), 9)!s}!r:>{{c() + 1}}}}'".replace("'é'", '"é"').replace(":=", "=="),
        ]  # fmt: skip
        if VERSION >= (3, 14):
            nested.append(lambda: "t'{c()} é {v!r:>{c() + 1}}'")
        if context.is_async:
            plain.append(lambda: "await answer()")
            nested.append(lambda: "[x async for x in AsyncItems(3)]")
            nested.append(lambda: "[x for x in items(3) if await answer()]")
        return self.random.choice(plain if depth > 2 or self.chance(0.5) else nested)()

    def condition(self, context, depth=0):
        roll = self.random.random()
        if roll < 0.45:
            return self.operand(context, depth)
        if roll < 0.9:
            word = self.pick(" and ", " or ")
            parts = [self.operand(context, depth + 1) for _ in range(self.pick(2, 2, 3))]
            return word.join(parts)
        return f"{self.operand(context, depth + 1)} and {self.operand(context, depth + 1)} or {self.operand(context, depth + 1)}"

    def constant(self):
        """What all Pythons fold, and what none does. Some fold more: see EXCEPTIONS in test_branches.py."""
        return self.pick("True", "False", "1", "0", "None", "not 0", "'text'", "not True", "__debug__", "not __debug__", "...",
                         "''", "0.0", "0x0", "'' 'é'", "b''", "True and 1", "0 or ''", "1 and 0", "(not (1))",
                         "[]", "{}", "1 if c() else 0", "1 < 2", "1 == 1", "None is None",
                         "c() and 0", "c() or 1", "0 and c()", "1 or c()", "c() and True", "c() or False", "True and c()",
                         "False or c()", "c() and 1 and c()", "c() or 0 or c()", "not (c() and 0)", "not (c() or 1)",
                         "__debug__ and c()", "not __debug__ or c()")  # fmt: skip

    def test(self, context, depth):
        if self.chance(0.06):
            return self.constant()
        text = self.condition(context)
        if self.chance(0.15):
            return f"({text})"
        if self.chance(0.1):
            inner = "    " * (depth + 2)
            return f"(\n{inner}{text}\n{inner})" if self.chance(0.5) else f"(  # why\n{inner}{text}  # so\n{inner})"
        if self.chance(0.05):
            inner = "    " * self.pick(0, depth + 2)
            word = self.pick("and", "or")
            return self.pick(f"{text} \\\n{inner}{word} c()", f"({text}\n{inner}{word} c()\n{inner}{word} c())",
                             f"c(\n{inner}3\n{inner})", f"(c()\n{inner}== 1)", f"not (\n{inner}c()\n{inner}{word} c())",
                             f"\\\n{inner}{text}")  # fmt: skip
        return text

    def pattern(self, depth):
        inner = "\n" + "    " * (depth + 2)
        return self.pick(
            "0", "1 | 2", "None", "[]", "[x]", "[1, x]", "[x, 2] | [x]", "[1, *rest]", "{'a': 1}", "{'a': x, **rest}", "{}",
            "Point()", "Point(x=0)", "Point(0, y)", "Point(x, 1) | Point(0, x)", "str()", "(1 | 2) as x", "[Point() as p]",
            "'text'", "([1, 2, 3])", "[[_], *_]", "(0)", "[0 | 1 as x, _]", "1, x", "x, *_", "True | 0", "-1", "'te' 'xt'",
            "Point(x=(0 | 1) as é)", "[x, y] | {'a': x, 'b': y}", "_, _", "*_,", "int() | str() as é", "1 + 1j",
            f"[{inner}1,{inner}x,{inner}]", f"(0{inner}| 1)", f"({inner}None{inner})", f"Point({inner}x=1,{inner}y=y)",
        )  # fmt: skip

    # -- statements

    def statement(self, depth, context):
        self.left -= 1
        choices = (
            [self.simple] * 5
            + [self.if_] * 6
            + [self.while_] * 2
            + [self.for_] * 3
            + [self.match] * 2
            + [self.try_] * 3
            + [self.with_]
        )
        if depth < 2 or self.chance(0.2):
            choices += [self.function] * 2 + [self.class_]
        if context.is_async:
            choices += [self.async_for] * 3 + [self.async_with]
        if depth > 5 or self.left <= 0:
            choices = [self.simple]
        self.random.choice(choices)(depth, context)

    def simple_text(self, depth, context):
        choices = ["hit()", "hit()", "v = c(3)", "pass", "w = c() and c()", "v = c() or c() and c()", "v = 1 if c() else 2",
                   "hit([x for x in items(3) if x])", "'text'", "1", "hit(*[x for x in items(2)])", "assert v is not w or 1",
                   "hit(lambda: c() or c())", "v = w", "é = c()", "assert c(9), 'é'", "v += 1", "maybe()", "x, *y = 1, 2",
                   "import json", "from json import dumps as d", "f'{v}'", "(v := c())", "None", "assert True", "v: int = c()",
                   "(v): int = 1"]  # fmt: skip
        if VERSION >= (3, 14):
            choices.append("v = t'{c()}'")
        if context.in_loop:
            choices += ["break", "continue", "continue"] * 2
        if context.in_function:
            both = context.is_generator and context.is_async
            choices += ["return"] * 4 if both else ["return", "return c()", "return None", "return v or c()"]
            if context.is_generator:
                choices += ["yield", "v = yield c()"]
                if not context.is_async:
                    choices += ["yield from items(3)"]
            if context.is_async:
                choices += ["await answer()", "v = await answer(3)"]
        if context.in_class or context.is_module:
            choices += ["z: int", "z: (c() or int)"]
        if context.in_try or self.chance(0.05):
            choices += [
                "raise Error",
                "raise Other()",
                "raise Error if c() else Other",
                "raise Error from Other()",
                "maybe()",
            ]
        if context.handles:
            choices += ["raise"]
        return self.random.choice(choices)

    def long_text(self, depth, context):
        """A simple statement of several lines."""
        inner = "\n" + "    " * (depth + 1)
        end = "\n" + "    " * depth
        choices = [f"hit({inner}c(),{inner}c(),{end})", f"v = ({inner}c(){inner}or c(){end})", f"v = [{inner}x{inner}for x in items(3){inner}if x{end}]",
                   f"hit({inner}c() and{inner}c(){end})", f'"""é{inner}text{end}"""', f'v = """{inner}{end}"""', f"v = c() \\{inner}or c()",
                   f"w = ({inner}c(){inner}if c(){inner}else c(3){end})", f"v = {{{inner}'a': c(),{inner}'b': 1,{end}}}", f"assert ({inner}v is not w{inner}or 1{end})",
                   f"hit({inner}lambda x=1:{inner}c(){inner}or x{end})", f"(hit{inner}()){inner}", f"v = 1, \\{inner}2", f"hit(f'''{{{inner}c()}}''')",
                   f"v = ({inner}# why{inner}c(){end})", f"hit(){inner}  # why: é{end}"]  # fmt: skip
        if context.in_function and not (context.is_generator and context.is_async):
            choices += [f"return ({inner}c(){inner}or c(){end})", f"return [{inner}v,{inner}w,{end}]"]
        if context.in_try:
            choices += [f"raise Error({inner}'é'{end})"]
        if VERSION >= (3, 14):
            choices += [f"hit(t'''{{{inner}c()}} é''')"]
        return self.random.choice(choices).rstrip()

    def simple(self, depth, context):
        if self.chance(0.12):
            self.emit(depth, self.long_text(depth, context))
        elif self.chance(0.06):
            self.emit(
                depth, f"{self.simple_text(depth, context)}; {self.simple_text(depth, context)}{self.pick('', ';')}"
            )
        elif self.chance(0.05):
            self.rare(depth, context)
        else:
            self.emit(depth, self.simple_text(depth, context))

    def rare(self, depth, context):
        choices = [f"type {self.name('T')} = int", f"type {self.name('T')}[A, *B, **C] = (c() or A)", f"{self.name('h')} = lambda: (c() and c()) or c()",
                   f"type {self.name('T')}[A: (int if c() else str)] = A"]  # fmt: skip
        if VERSION >= (3, 13):
            choices.append(f"type {self.name('T')}[A = (int or str)] = list[A]")
        if VERSION >= (3, 15) and context.is_module:
            choices += ["lazy import colorsys", "lazy from json import loads as é", "lazy import json, colorsys"] * 3
        self.emit(depth, self.random.choice(choices))

    def suite(self, depth, context, header):
        """The header with its body, sometimes on one line."""
        if self.chance(0.2) and "\n" not in header:
            texts = [self.simple_text(depth, context)]
            if self.chance(0.2):
                texts.append(self.simple_text(depth, context))
            self.emit(depth, f"{header} {'; '.join(texts)}")
            return
        self.emit(depth, header + self.pick("", "", "", "", "  # why:", " "))
        self.body(depth, context, self.pick(1, 1, 2, 3))

    def body(self, depth, context, count):
        if self.chance(0.05) and context.in_function:
            self.emit(depth + 1, "global g")
        for _ in range(count):
            self.statement(depth + 1, context)

    def docstring(self, depth):
        self.emit(
            depth,
            self.pick(
                "'é'", '"""Text."""', f'"""Text\n\n{"    " * depth}more.\n{"    " * depth}"""', "'a' 'b'", "('text')"
            ),
        )

    def if_(self, depth, context):
        context = context.but(is_module=False)
        self.suite(depth, context, f"if {self.test(context, depth)}:")
        while self.chance(0.3):
            self.suite(depth, context, f"elif {self.test(context, depth)}:")
        if self.chance(0.4):
            self.suite(depth, context, "else:")

    def while_(self, depth, context):
        context = context.but(is_module=False)
        if self.chance(0.5):  # the test burns fuel, so the body may be anything
            test = self.pick("c()", "not c()", "c() and v", "v and c()", "0 <= c(3) < 2", "c() or c()", "(c())", "c() and c() or c()",
                             "not (c() or c())", "not (c() and c())", "(w := c())", "c() is None")  # fmt: skip
            self.suite(depth, context.loop(), f"while {test}:")
        else:
            self.emit(
                depth, f"while {self.test(context, depth) if self.chance(0.8) else self.pick('True', '1', 'not 0')}:"
            )
            self.emit(depth + 1, "hit()")
            for _ in range(self.pick(0, 1, 2)):
                self.statement(depth + 1, context.loop())
        if self.chance(0.3):
            self.suite(depth, context, "else:")

    def iterable(self, depth):
        inner = "\n" + "    " * (depth + 1)
        return self.pick("items(4)", "items(3)", "(items(3))", "[x for x in items(4)]", "(x for x in items(3))", "items(3) or items(2)",
                         "'ab' if c() else ''", "(1, 2)", "1, 2", f"({inner}items(3)  # why{inner})", "()", "range(c(3))",
                         "[y for x in items(3) if x for y in items(2)]", "*items(2), 1", "[]", "'é'", f"items({inner}3{inner})",
                         "map(lambda x: x or c(), items(3))")  # fmt: skip

    def for_(self, depth, context):
        context = context.but(is_module=False)
        target = self.pick("x", "x", "x, y", "(x, y)", "z", "é", "(\n    x)", "x, *_")
        iterable = "zip(items(3), items(3))" if "," in target else self.iterable(depth)
        self.suite(depth, context.loop(), f"for {target} in {iterable}:")
        if self.chance(0.3):
            self.suite(depth, context, "else:")

    def async_for(self, depth, context):
        inner = "\n" + "    " * (depth + 1)
        iterable = self.pick(
            "AsyncItems(3)",
            "(AsyncItems(4))",
            f"AsyncItems({inner}3{inner})",
            "AsyncItems(3) if c() else AsyncItems(2)",
        )
        self.suite(depth, context.loop(), f"async for {self.pick('x', 'x', 'é')} in {iterable}:")
        if self.chance(0.3):
            self.suite(depth, context, "else:")

    def match(self, depth, context):
        context = context.but(is_module=False)
        inner = "\n" + "    " * (depth + 1)
        subject = self.pick(
            "subject()",
            "subject()",
            "subject()",
            "subject(), c()",
            "v",
            f"subject({inner})",
            "[c(), c()]",
            "*items(3),",
        )
        self.emit(depth, f"match {subject}:")
        for _ in range(self.pick(1, 2, 3)):
            guard = ""
            if self.chance(0.3):
                guard = f" if {self.constant() if self.chance(0.1) else self.condition(context)}"
            elif self.chance(0.04):
                guard = f" if (c(){inner}and c())"
            self.suite(depth + 1, context, f"case {self.pattern(depth)}{guard}:")
        if self.chance(0.4):
            self.suite(
                depth + 1, context, f"case {self.pick('_', 'x', '_ as x', '(x)', '1 | _', '_ if c()', 'x if x')}:"
            )

    def try_(self, depth, context):
        context = context.but(is_module=False)
        inside = context.trying()
        self.suite(depth, inside, "try:")
        handlers = self.pick(0, 1, 1, 2)
        star = "*" if handlers and self.chance(0.15) else ""
        after = (
            Context(is_async=context.is_async) if star else context.but(handles=True)
        )  # no break, continue, return in except*
        kinds = ["Error", "Other", "(Error, Other)", "(\n        Error,\n        Other)", "(c() and Error or Other)"]
        if VERSION >= (3, 14):
            kinds.append("Error, Other")
        for kind in self.random.sample(kinds, handlers):
            name = "" if kind == "Error, Other" else self.pick("", " as e", " as é")
            self.suite(depth, after, f"except{star} {kind}{name}:")
        if handlers and not star and self.chance(0.25):
            self.suite(
                depth, context.but(handles=True), self.pick("except Exception:", "except Exception as e:", "except:")
            )
        if handlers and self.chance(0.35):
            self.suite(depth, context, "else:")
        if not handlers or self.chance(0.5):
            leaves = context if self.chance(0.3) else Context(is_async=context.is_async)
            self.suite(depth, leaves, "finally:")

    def with_(self, depth, context):
        context = context.but(is_module=False)
        inner = "\n" + "    " * (depth + 1)
        managers = self.pick("Manager(c())", "Manager(c()) as m", "Manager(c()), Manager(c())", "Manager(v or c())",
                             f"({inner}Manager(c()) as m,{inner}Manager(c()),{inner})", f"Manager(c()), \\{inner}Manager(0)",
                             f"Manager({inner}c(){inner}) as é", "Manager(1)", "(Manager(0)), Manager(1)")  # fmt: skip
        self.suite(depth, context.trying(), f"with {managers}:")

    def async_with(self, depth, context):
        managers = self.pick(
            "AsyncManager(c())",
            "AsyncManager(0) as m",
            "AsyncManager(1), AsyncManager(c()) as é",
            "(\n    AsyncManager(1))",
        )
        self.suite(depth, context.trying(), f"async with {managers}:")

    def decorators(self, depth):
        inner = "\n" + "    " * (depth + 1)
        while self.chance(0.15):
            self.emit(depth, self.pick("@(lambda f: f)", "@decorate", "@decorate_with(c() or 1)", f"@decorate_with({inner}c(),{inner})",
                                       "@decorate_with(lambda: c() and 1)", f"@({inner}decorate)"))  # fmt: skip

    def type_parameters(self):
        if not self.chance(0.12):
            return ""
        choices = ["[T]", "[T, *U, **P]", "[T: int]", "[T: (int, str)]", "[T: (c() or int)]"]
        if VERSION >= (3, 13):
            choices += ["[T = int]", "[T: int = (c() or int)]"]
        return self.random.choice(choices)

    def function(self, depth, context):
        name = self.name("f")
        kind = self.pick("plain", "plain", "plain", "generator", "async", "async generator")
        inner = Context(in_function=True, is_generator="generator" in kind, is_async="async" in kind)
        self.decorators(depth)
        long = "\n" + "    " * (depth + 2)
        default = self.pick("0", "c() or c()", "1 if c() else 2", "lambda: c() or 1", "[x for x in items(2) if x]")
        parameters = self.pick(f"v=c(), w={default}", f"v=0, w={default}", "", "*args, v=1, **more", f"v: int = 0, *, w: (c() or int) = {default}",
                               f"{long}v=c(),{long}w={default},{long}", f"v=c(),{long}w={default}")  # fmt: skip
        returns = self.pick("", "", "", "", " -> int", " -> (c() or int)", f" -> ({long}int{long})")
        header = f"{'async ' if inner.is_async else ''}def {name}{self.type_parameters()}({parameters}){returns}:"
        if self.chance(0.12):
            body = (
                self.simple_text(depth, inner)
                if not inner.is_generator
                else self.pick("yield c()", "yield; hit()", "hit((yield))")
            )
            self.emit(depth, f"{header} {body}")
        else:
            self.emit(depth, header)
            if self.chance(0.12):
                self.docstring(depth + 1)
            if self.chance(0.08):
                self.emit(depth + 1, self.pick("z: int", "z: (c() or int) = 1", "global é, g"))
            if inner.is_generator:
                self.emit(depth + 1, "yield c()")
            self.body(depth, inner, self.pick(1, 2, 3, 4))
        if self.chance(0.12):
            return  # never called
        call = {
            "plain": f"{name}()",
            "generator": f"list({name}())",
            "async": f"drive({name}())",
            "async generator": f"drive(exhaust({name}()))",
        }[kind]
        for _ in range(self.pick(1, 2)):
            self.emit(depth, "try:")
            self.emit(depth + 1, call)
            self.emit(depth, "except Exception: pass")

    def class_(self, depth, context):
        name = self.name("C")
        self.decorators(depth)
        inner = Context(in_class=True)
        bases = self.pick(
            "", "", "()", "(object)", "(c() and object or Point)", "(\n    object,\n    )", "(metaclass=type)"
        )
        header = f"class {name}{self.type_parameters()}{bases}:"
        if self.chance(0.12):
            self.emit(depth, f"{header} {self.simple_text(depth, inner)}")
            return
        self.emit(depth, header)
        if self.chance(0.2):
            self.docstring(depth + 1)
        for _ in range(self.pick(1, 2)):
            if self.chance(0.3):
                self.method(depth + 1)
            else:
                self.statement(depth + 1, inner)

    def method(self, depth):
        name = self.name("m")
        kind = self.pick("self", "@staticmethod", "@property")
        if kind != "self":
            self.emit(depth, kind)
        parameters = "v=c(), w=0" if kind == "@staticmethod" else "self"
        self.emit(depth, f"def {name}({parameters}):")
        if self.chance(0.2):
            self.docstring(depth + 1)
        self.emit(depth + 1, "v = w = é = 0")
        self.body(depth, Context(in_function=True), self.pick(1, 2, 3))
        if self.chance(0.8):
            self.emit(depth, "try:")
            self.emit(
                depth + 1,
                f"{name}.fget(None)"
                if kind == "@property"
                else f"{name}()"
                if kind == "@staticmethod"
                else f"{name}(0)",
            )
            self.emit(depth, "except Exception: hit()")


def compiles(source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "program.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def random_program(seed, size=40):
    """A source that this interpreter compiles, or None where the dice have made one that it refuses."""
    source = Program(seed, size).source()
    return source if compiles(source) else None


def random_file(seed, size=40):
    """The same as the bytes of a file, in whatever form."""
    if (source := random_program(seed, size)) is None:
        return None
    content = files.as_file(source, seed)
    assert compiles(content), seed
    return content


if __name__ == "__main__":
    sys.stdout.buffer.write(random_file(int(sys.argv[1])) or b"")
