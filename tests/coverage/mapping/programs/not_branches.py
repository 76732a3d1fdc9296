# Conditional jumps that no one wrote as a branch.
def clean_up(a):
    with Manager(a), Manager(0) as manager:
        hit(manager)
    try:
        raise Error
    except (Other, ValueError):
        hit()
    except Error as error:
        hit(error)
    try:
        raise ExceptionGroup("two", [Error()])
    except* Other:
        hit()
    except* Error:
        hit()


clean_up(1)


class Annotated[T: (int, str)]:
    field: list[T] = [x for x in (1, 2) if x]

    def method[S](self, value: S = 1 if hit else 2) -> S:
        return value


Annotated().method()
