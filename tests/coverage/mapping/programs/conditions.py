def conditions(a, b):
    if a and b or c():  # arms: True, False
        hit()
    if 1 < c(3) < 10:  # arms: True, False
        hit()
    elif not (a or not b):  # arms: True, False
        hit()
    if (a if c() else b):  # arms: True, False
        hit()
    if a is None or b is not None:  # arms: True, False
        hit()
    if any([x for x in items(3) if x]) and (lambda: a or b)():  # arms: True, False
        hit()
    if all(x for x in items(3) if x and a):  # arms: True, False
        hit()
    if (  # arms: True, False
        a  # one
        and b
    ):
        hit()
    while any([x for x in items(3) if c()]):  # arms: True, False
        hit()
    assert a or True, "an assert is no statement site"
    v = a or b
    v = a if b else v
    return [x for x in items(3) if x if v]


conditions(0, 1)
conditions(None, None)
