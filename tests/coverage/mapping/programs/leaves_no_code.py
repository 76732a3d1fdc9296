# Bodies and arms that leave no instruction of their own.
def nothing(a):
    if a: global g  # arms: True, False
    if a: pass  # arms: True, False
    if a: 1  # arms: True, False
    if a: "text"  # arms: True, False
    for x in items(2):  # arms: True, False
        if x: global h  # arms: True, False
    while c(): global i  # arms: True, False
    if a:  # arms: True, False
        return


nothing(0)
nothing(1)

if 0:
    hit()
if not 1:
    hit()
elif c():  # arms: True, False
    pass
