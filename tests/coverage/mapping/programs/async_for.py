async def walk(n):
    async for x in AsyncItems(n):  # arms: True, False
        if x:  # arms: True, False
            continue
        hit()
    else:
        hit()
    async with AsyncManager(0):
        async for y in AsyncItems(n):  # arms: True, False
            if await answer():  # arms: True, False
                return [z async for z in AsyncItems(n) if z]


drive(walk(4))
drive(walk(1))


async def waits():
    while await answer() and [z async for z in AsyncItems(2)]:  # arms: True, False
        hit()


drive(waits())
