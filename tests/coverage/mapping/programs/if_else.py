def one_way(a):
    if a == 1:  # arms: True, False
        return "one"
    else:
        return "other"


one_way(1)
