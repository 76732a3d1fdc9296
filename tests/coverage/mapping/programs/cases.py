def match(subject):
    match subject:
        case 0 | 1:  # arms: True, False
            return "a number"
        case [1, x] if x > 1 and c():  # arms: True, False
            hit()
        case [x, 2] | [x]: return x  # arms: True, False
        case {"a": 1, **rest}:  # arms: True, False
            hit()
        case Point(0, y) | Point(y, 0):  # arms: True, False
            hit()
        case (None):  # arms: True, False
            pass
        case _:
            hit()


for each in (0, [1, 2], [1], {"a": 1}, Point(0, 1), Point(2, 2), None, "other"):  # arms: True, False
    match(each)


def last(subject):
    match subject:
        case str() as text:  # arms: True, False
            return text


last("text")
last(1)


def in_finally(subject):
    try:
        match subject:
            case [x, 2] | [x]: return  # arms: True, False
    finally:
        hit()


in_finally([1])
in_finally([1, 2])
in_finally(1)
