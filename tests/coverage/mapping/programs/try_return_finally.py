# The `finally` leads to two places, after the return and after the try: the choice was made before, and it is no branch.
def leaves(a):
    try:
        if a:  # arms: True, False
            return 1
        hit()
    finally:
        hit()
    return 2


leaves(1)


def one_line(a):
    try:
        if a and c(): return 1  # arms: True, False
    finally:
        hit()


one_line(0)


def chooses(a):
    try:
        hit(a)
    finally:
        if a:  # arms: True, False
            hit()


chooses(1)
try:
    chooses(None)
except Error:
    pass
