"""A shop that fits on one screen."""


def price(amount, member):
    total = amount
    if member:
        total = total * 9 // 10
    if total < 100:
        total = total + 15
    return total


def first_large(prices):
    for each in prices:
        if each > 1000:
            return each
    return None


def label(code):
    match code:
        case "S":
            return "small"
        case "L":
            return "large"
    return "?"


def refund(amount):
    return -amount
