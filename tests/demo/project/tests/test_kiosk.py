"""Slow enough for somebody to watch."""

import time

import kiosk
import pytest

TEA = {"name": "Tee", "price": 2.5, "count": 2}
CAKE = {"name": "Käsekuchen", "price": 3.0}


@pytest.fixture(autouse=True)
def slow():
    time.sleep(0.25)


def test_price_of_nothing():
    assert kiosk.price([]) == 0


def test_price_of_one():
    assert kiosk.price([CAKE]) == 3


def test_price_of_several():
    assert kiosk.price([CAKE, TEA]) == 8


def test_members_pay_less():
    assert kiosk.price([{"name": "cake", "price": 200}], member=True) == 180


def test_change_is_exact():
    assert kiosk.change(10, 10) == []


def test_change_in_coins():
    assert kiosk.change(100, 72) == [20, 5, 2, 1]


def test_receipt():
    assert kiosk.receipt([TEA]) == "Tee          ×2"


def test_receipt_without_count():
    assert kiosk.receipt([CAKE]) == "Käsekuchen  "
