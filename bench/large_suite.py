"""A project with 10,000 tests, as people have them: small ones, plain and parametrised and in classes, most of whose time
is pytest's own. It is written here, for no source distribution of that size runs on a bare interpreter."""

from __future__ import annotations

from pathlib import Path

MODULES = 40  # each with 250 tests, in a file of its own

_MODULE = '''\
"""Orders of department NUMBER: prices, stock, and what is sent where."""

from dataclasses import dataclass, field

FREE_FROM = LIMIT
RATES = {"eu": 4, "uk": 6, "us": 9}


class OutOfStockError(Exception):
    pass


@dataclass
class Item:
    name: str
    price: int
    weight: int = 1
    tags: list[str] = field(default_factory=list)

    def is_heavy(self):
        return self.weight > 20

    def label(self):
        if not self.tags:
            return self.name
        words = []
        for tag in self.tags:
            if tag.startswith("_"):
                continue
            words.append(tag.upper())
        return f"{self.name} ({', '.join(words)})" if words else self.name


class Stock:
    def __init__(self, counts):
        self.counts = dict(counts)
        self.history = []

    def take(self, name, count=1):
        left = self.counts.get(name, 0)
        if left < count:
            raise OutOfStockError(name)
        self.counts[name] = left - count
        if self.counts[name] == 0:
            del self.counts[name]
        self.history.append(("take", name, count))

    def put(self, name, count=1):
        if count <= 0:
            raise ValueError(count)
        self.counts[name] = self.counts.get(name, 0) + count
        self.history.append(("put", name, count))

    def undo(self):
        while self.history:
            what, name, count = self.history.pop()
            if what == "take":
                self.counts[name] = self.counts.get(name, 0) + count
            else:
                self.counts[name] -= count


def catalogue(count):
    items = []
    for number in range(count):
        item = Item(f"item{number}", 3 + number * 7 % 40, number % 30)
        if number % 3 == 0:
            item.tags.append("new")
        elif number % 5 == 0:
            item.tags.extend(["_hidden", "sale"])
        items.append(item)
    return items


def total(items, discount=0):
    result = 0
    for item in items:
        if item.is_heavy():
            result += 2
        result += item.price
    if discount:
        result -= result * discount // 100
    return max(result, 0)


def shipping(items, country, express=False):
    if total(items) >= FREE_FROM and not express:
        return 0
    try:
        rate = RATES[country]
    except KeyError:
        rate = 20
    if express:
        rate *= 2
    return rate + sum(item.weight for item in items) // 10


def parse(line):
    words = line.split()
    match words:
        case []:
            return None
        case ["take" | "put" as what, name]:
            return what, name, 1
        case ["take" | "put" as what, name, count] if count.isdigit():
            return what, name, int(count)
        case ["undo"]:
            return "undo", "", 0
        case _:
            raise ValueError(line)


def run(stock, text):
    done = 0
    for line in text.splitlines():
        command = parse(line)
        if command is None:
            continue
        what, name, count = command
        if what == "undo":
            stock.undo()
        elif what == "take":
            stock.take(name, count)
        else:
            stock.put(name, count)
        done += 1
    return done


def parcels(items, most):
    parcel, weight = [], 0
    for item in items:
        if parcel and weight + item.weight > most:
            yield parcel
            parcel, weight = [], 0
        parcel.append(item)
        weight += item.weight
    if parcel:
        yield parcel


def grade(points):
    if points >= 90:
        return "gold"
    elif points >= 50:
        return "silver"
    elif points >= 10:
        return "bronze"
    return "none"
'''

_TESTS_HEAD = """\
import pytest

from shop.orders_NUMBER import OutOfStockError, Item, Stock, catalogue, grade, parcels, parse, run, shipping, total


@pytest.fixture(scope="module")
def items():
    return catalogue(30)


@pytest.fixture
def stock():
    stock = Stock({"pen": 10, "cup": 3})
    yield stock
    stock.undo()


@pytest.mark.parametrize("points", range(0, 100, 2))
def test_grade(points):
    assert (grade(points) == "none") == (points < 10)


@pytest.mark.parametrize("country", ["eu", "uk", "us", "nz"])
@pytest.mark.parametrize("count", range(1, 6))
@pytest.mark.parametrize("express", [False, True])
def test_shipping(items, country, count, express):
    cost = shipping(items[:count], country, express)
    assert cost > 0
    assert cost >= shipping(items[:count], country)


@pytest.mark.parametrize(
    ("line", "command"),
    [("", None), ("undo", ("undo", "", 0)), ("take pen", ("take", "pen", 1))]
    + [(f"put cup {count}", ("put", "cup", count)) for count in range(1, 18)],
)
def test_parse(line, command):
    assert parse(line) == command
"""

_CLASS = """

class TestStock_NTH:
    def test_take(self, stock):
        stock.take("pen", 1 + NTH % 9)
        assert stock.counts["pen"] == 9 - NTH % 9

    def test_take_all(self, stock):
        stock.take("cup", 3)
        assert "cup" not in stock.counts

    def test_too_many(self, stock):
        with pytest.raises(OutOfStockError):
            stock.take("cup", 4 + NTH)

    def test_undo(self, stock):
        assert run(stock, "put cup 2\\n\\ntake pen 3\\nundo\\n") == 3
        assert stock.counts == {"pen": 10, "cup": 3}

    def test_label(self, items):
        labels = [item.label() for item in items[NTH : NTH + 5]]
        assert len(labels) == 5 and not any("HIDDEN" in label for label in labels)
"""

_PLAIN = """

def test_total_NTH(items):
    some = items[: NTH % 20]
    assert total(some) >= sum(item.price for item in some)
    assert total(some, discount=10) <= total(some)


def test_parcels_NTH(items):
    sent = list(parcels(items, 20 + NTH))
    assert sum(len(parcel) for parcel in sent) == len(items)
    assert shipping(sent[0], "eu") >= 0


def test_item_NTH():
    item = Item("lamp", NTH, weight=NTH * 2, tags=["new", "_old"][: NTH % 3])
    assert item.is_heavy() == (NTH > 10)
    assert item.label().startswith("lamp")
    assert total([item]) in (NTH, NTH + 2)
"""


def write(folder: Path) -> None:
    package, tests = folder / "shop", folder / "tests"
    package.mkdir(exist_ok=True)
    tests.mkdir(exist_ok=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    for number in range(MODULES):
        module = _MODULE.replace("NUMBER", str(number)).replace("LIMIT", str(100 + number))
        (package / f"orders_{number}.py").write_text(module, encoding="utf-8")
        (tests / f"test_orders_{number}.py").write_text(_tests(number), encoding="utf-8")


def _tests(number: int) -> str:
    """110 parametrised ones, 80 in classes, 60 plain ones."""
    text = _TESTS_HEAD.replace("NUMBER", str(number))
    text += "".join(_CLASS.replace("NTH", str(nth)) for nth in range(16))
    return text + "".join(_PLAIN.replace("NTH", str(nth)) for nth in range(20))
