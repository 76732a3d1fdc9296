"""Twelve lamps, each a branch of its own: what the latency measurements switch."""


def lamps(on):
    lit = 0
    if on & 1:
        lit += 1
    if on & 2:
        lit += 1
    if on & 4:
        lit += 1
    if on & 8:
        lit += 1
    if on & 16:
        lit += 1
    if on & 32:
        lit += 1
    if on & 64:
        lit += 1
    if on & 128:
        lit += 1
    if on & 256:
        lit += 1
    if on & 512:
        lit += 1
    if on & 1024:
        lit += 1
    if on & 2048:
        lit += 1
    return lit
