"""What the demo's own tests look at: a module of a few branches, some of which its tests never take."""


def price(items, member=False):
    total = 0
    for item in items:
        match item:
            case {"price": amount, "count": count}:
                total += amount * count
            case {"price": amount}:
                total += amount
            case _:
                raise ValueError(f"no price: {item}")
    if member and total > 100:
        total *= 0.9
    return round(total, 2)


def change(paid, due):
    rest = paid - due
    if rest < 0:
        raise ValueError("not enough")
    coins = []
    for coin in (200, 100, 50, 20, 10, 5, 2, 1):
        while rest >= coin:
            coins.append(coin)
            rest -= coin
    return coins


def receipt(items):
    lines = []
    for item in items:
        line = f"{item['name']:<12}"
        if "count" in item:
            line += f" ×{item['count']}"
        elif item.get("gift"):
            line += " 🎁"
        lines.append(line)
    return "\n".join(lines)


def refund(total):
    if total <= 0:
        return 0
    return -total
