"""Makes random Python programs that branch a lot and always end.

A program asks `c(n)` for its conditions (a number below n, from a sequence that its seed fixes) and calls `hit()` in
its bodies; both raise OutOfFuel in the end, so that no loop goes on for ever. What it computes does not matter.
"""

import random
import sys
import warnings


class OutOfFuel(BaseException):
    pass


class World:
    """The names that a program uses. The same seed gives the same answers."""

    def __init__(self, seed, fuel=300):
        self.random = random.Random(seed)
        self.fuel = fuel
        self.namespace = {
            "__name__": "program", "c": self.c, "hit": self.hit, "items": self.items, "subject": self.subject,
            "Manager": Manager, "AsyncItems": lambda n: AsyncItems(self, n), "AsyncManager": AsyncManager,
            "answer": self.answer, "drive": drive, "Error": Error, "Other": Other, "Point": Point,
        }  # fmt: skip

    def burn(self):
        self.fuel -= 1
        if self.fuel < 0:
            raise OutOfFuel

    def c(self, n=2):
        self.burn()
        return self.random.randrange(n)

    def hit(self, *_, **__):
        self.burn()

    def items(self, n):
        self.burn()
        return list(range(self.random.randrange(n)))

    def subject(self):
        self.burn()
        return self.random.choice(
            [
                0,
                1,
                2,
                None,
                [],
                [1],
                [1, 2],
                [1, 2, 3],
                {},
                {"a": 1},
                {"a": 1, "b": 2},
                Point(0, 1),
                Point(1, 1),
                "text",
            ]
        )

    async def answer(self, n=2):
        await pause()
        return self.c(n)


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Error(Exception):
    pass


class Other(Exception):
    pass


class Manager:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        return bool(self.swallow) and kind is not None and issubclass(kind, Exception)


class AsyncManager(Manager):
    async def __aenter__(self):
        await pause()
        return self

    async def __aexit__(self, kind, *_):
        await pause()
        return self.__exit__(kind)


class pause:
    def __await__(self):
        yield


class AsyncItems:
    def __init__(self, world, n):
        self.left = len(world.items(n))

    def __aiter__(self):
        return self

    async def __anext__(self):
        await pause()
        if self.left == 0:
            raise StopAsyncIteration
        self.left -= 1
        return self.left


def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


class Program:
    def __init__(self, seed, size=40):
        self.random = random.Random(seed)
        self.left = size
        self.lines = []
        self.names = 0
        self.seed = seed

    def source(self):
        self.emit(0, "v = w = 0")
        while self.left > 0:
            self.statement(0, Context())
        return "\n".join(self.lines) + "\n"

    # -- helpers

    def emit(self, depth, text):
        self.lines.append("    " * depth + text)

    def chance(self, p):
        return self.random.random() < p

    def pick(self, *choices):
        return self.random.choice(choices)

    def name(self, stem):
        self.names += 1
        return f"{stem}{self.names}"

    # -- expressions

    def operand(self, context, depth):
        plain = [
            lambda: "c()", lambda: "c(3)", lambda: "v", lambda: "c() == 1", lambda: "c() is None", lambda: "v is not None",
            lambda: "(w := c(3))", lambda: "c() in (0, 1)", lambda: "'é' and c()",
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
            lambda: "{x: 1 for x in items(2) for y in items(2)}",
        ]  # fmt: skip
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

    def test(self, context, depth):
        if self.chance(0.04):
            return self.pick("True", "False", "1", "0", "None", "not 0", "'text'", "not True")
        text = self.condition(context)
        if self.chance(0.15):
            return f"({text})"
        if self.chance(0.1):
            inner = "    " * (depth + 2)
            return f"(\n{inner}{text}\n{inner})" if self.chance(0.5) else f"(  # why\n{inner}{text}  # so\n{inner})"
        return text

    def pattern(self):
        return self.pick(
            "0", "1 | 2", "None", "[]", "[x]", "[1, x]", "[x, 2] | [x]", "[1, *rest]", "{'a': 1}", "{'a': x, **rest}", "{}",
            "Point()", "Point(x=0)", "Point(0, y)", "Point(x, 1) | Point(0, x)", "str()", "(1 | 2) as x", "[Point() as p]",
            "'text'", "([1, 2, 3])", "[[_], *_]", "(0)", "[0 | 1 as x, _]",
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
                   "hit([x for x in items(3) if x])", "...", "'text'", "1", "hit(*[x for x in items(2)])", "assert v is not w or 1",
                   "hit(lambda: c() or c())", "v = w"]  # fmt: skip
        if context.in_loop:
            choices += ["break", "continue", "continue"]
        if context.in_function:
            choices += ["return", "return c()", "return None", "return v or c()"]
            if context.is_generator:
                choices += ["yield", "v = yield c()", "yield from items(3)"]
            if context.is_async:
                choices += ["await answer()", "v = await answer(3)"]
        if context.in_try or self.chance(0.05):
            choices += ["raise Error", "raise Other()", "raise Error if c() else Other"]
        return self.random.choice(choices)

    def simple(self, depth, context):
        self.emit(depth, self.simple_text(depth, context))

    def suite(self, depth, context, header):
        """The header with its body, sometimes on one line."""
        if self.chance(0.2) and "\n" not in header:
            texts = [self.simple_text(depth, context)]
            if self.chance(0.2):
                texts.append(self.simple_text(depth, context))
            self.emit(depth, f"{header} {'; '.join(texts)}")
            return
        self.emit(depth, header)
        if self.chance(0.05) and context.in_function:
            self.emit(depth + 1, "global g")
        for _ in range(self.pick(1, 1, 2, 3)):
            self.statement(depth + 1, context)

    def if_(self, depth, context):
        self.suite(depth, context, f"if {self.test(context, depth)}:")
        while self.chance(0.3):
            self.suite(depth, context, f"elif {self.test(context, depth)}:")
        if self.chance(0.4):
            self.suite(depth, context, "else:")

    def while_(self, depth, context):
        if self.chance(0.5):  # the test burns fuel, so the body may be anything
            test = self.pick("c()", "not c()", "c() and v", "v and c()", "0 <= c(3) < 2", "c() or c()", "(c())", "c() and c() or c()",
                             "not (c() or c())", "not (c() and c())", "(w := c())", "c() is None")  # fmt: skip
            self.suite(depth, context.loop(), f"while {test}:")
        else:
            self.emit(depth, f"while {self.test(context, depth)}:")
            self.emit(depth + 1, "hit()")
            for _ in range(self.pick(0, 1, 2)):
                self.statement(depth + 1, context.loop())
        if self.chance(0.3):
            self.suite(depth, context, "else:")

    def iterable(self, context):
        return self.pick("items(4)", "items(3)", "(items(3))", "[x for x in items(4)]", "(x for x in items(3))", "items(3) or items(2)",
                         "'ab' if c() else ''", "(1, 2)", "1, 2", "(\n            items(3)  # why\n    )", "()", "range(c(3))", "[y for x in items(3) if x for y in items(2)]")  # fmt: skip

    def for_(self, depth, context):
        target = self.pick("x", "x", "x, y", "(x, y)", "z")
        iterable = "zip(items(3), items(3))" if "," in target else self.iterable(context)
        self.suite(depth, context.loop(), f"for {target} in {iterable}:")
        if self.chance(0.3):
            self.suite(depth, context, "else:")

    def async_for(self, depth, context):
        self.suite(depth, context.loop(), f"async for x in {self.pick('AsyncItems(3)', '(AsyncItems(4))')}:")
        if self.chance(0.3):
            self.suite(depth, context, "else:")

    def match(self, depth, context):
        self.emit(depth, f"match {self.pick('subject()', 'subject()', 'subject(), c()', 'v')}:")
        for _ in range(self.pick(1, 2, 3)):
            guard = f" if {self.condition(context)}" if self.chance(0.3) else ""
            self.suite(depth + 1, context, f"case {self.pattern()}{guard}:")
        if self.chance(0.4):
            self.suite(depth + 1, context, f"case {self.pick('_', 'x', '_ as x')}:")

    def try_(self, depth, context):
        inside = context.trying()
        self.suite(depth, inside, "try:")
        handlers = self.pick(0, 1, 1, 2)
        star = "*" if handlers and self.chance(0.1) else ""
        after = Context(is_async=context.is_async) if star else context  # no break, continue, return in except*
        for kind in self.random.sample(["Error", "Other", "(Error, Other)"], handlers):
            self.suite(depth, after, f"except{star} {kind}{self.pick('', ' as e')}:")
        if handlers and not star and self.chance(0.15):
            self.suite(depth, context, "except Exception:")
        if handlers and self.chance(0.3):
            self.suite(depth, context, "else:")
        if not handlers or self.chance(0.5):
            leaves = context if self.chance(0.2) else Context(is_async=context.is_async)
            self.suite(depth, leaves, "finally:")

    def with_(self, depth, context):
        managers = self.pick("Manager(c())", "Manager(c()) as m", "Manager(c()), Manager(c())", "Manager(v or c())")
        self.suite(depth, context.trying(), f"with {managers}:")

    def async_with(self, depth, context):
        self.suite(depth, context.trying(), f"async with {self.pick('AsyncManager(c())', 'AsyncManager(0) as m')}:")

    def function(self, depth, context):
        name = self.name("f")
        kind = self.pick("plain", "plain", "generator", "async")
        inner = Context(in_function=True, is_generator=kind == "generator", is_async=kind == "async")
        if self.chance(0.1):
            self.emit(depth, "@(lambda f: f)")
        generic = "[T]" if self.chance(0.1) else ""
        self.emit(
            depth,
            f"{'async ' if inner.is_async else ''}def {name}{generic}(v=c(), w={self.pick('0', 'c() or c()', '1 if c() else 2')}):",
        )
        if inner.is_generator:
            self.emit(depth + 1, "yield c()")
        for _ in range(self.pick(2, 3, 4)):
            self.statement(depth + 1, inner)
        call = {"plain": f"{name}()", "generator": f"list({name}())", "async": f"drive({name}())"}[kind]
        for _ in range(self.pick(1, 2)):
            self.emit(depth, "try:")
            self.emit(depth + 1, call)
            self.emit(depth, "except Exception: pass")

    def class_(self, depth, context):
        self.emit(depth, f"class {self.name('C')}:")
        for _ in range(self.pick(1, 2)):
            self.statement(depth + 1, Context())


class Context:
    def __init__(self, in_loop=False, in_function=False, is_generator=False, is_async=False, in_try=False):
        self.in_loop, self.in_function, self.is_generator, self.is_async, self.in_try = (
            in_loop,
            in_function,
            is_generator,
            is_async,
            in_try,
        )

    def but(self, **changes):
        return Context(**{**vars(self), **changes})

    def loop(self):
        return self.but(in_loop=True)

    def trying(self):
        return self.but(in_try=True)


def random_program(seed, size=40):
    """A source that this interpreter compiles, or None where the dice have made one that it refuses."""
    source = Program(seed, size).source()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "program.py", "exec", dont_inherit=True)
        except SyntaxError:
            return None
    return source


if __name__ == "__main__":
    print(random_program(int(sys.argv[1])))
