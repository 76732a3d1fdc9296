for x in items(4):  # arms: True, False
    if x == 1:  # arms: True, False
        continue
    if x == 3:  # arms: True, False
        break
else:
    hit()

for x, y in zip((1, 2), [z for z in items(3) if z]):  # arms: True, False
    hit()

for x in (  # arms: True, False
    items(3)  # parentheses have no position
):
    pass

for x in 1, 2: hit()  # arms: True, False

while c():  # arms: True, False
    hit()
else:
    hit()

while c(): pass  # arms: True, False

while True:
    if c():  # arms: True, False
        break


def nested(n):
    for i in items(n):  # arms: True, False
        while c(3):  # arms: True, False
            if i: pass  # arms: True, False
            elif c(): continue  # arms: True, False
            return i


nested(4)
