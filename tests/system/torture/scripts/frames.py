# No import but sys: what the evaluation loop does, and little else.
import sys
class Guard:
    def __enter__(self): return self
    def __exit__(self, kind, value, trace): return kind is KeyError
def count(limit):
    n = 0
    while n < limit:
        step = yield n
        n += step or 1
def fail(depth):
    if depth: return fail(depth - 1)
    raise ValueError(f"deep {depth!r}")
for round in range(int(sys.argv[1])):
    numbers = count(9)
    print(next(numbers), numbers.send(3), *numbers, {k: v for k, v in zip("abc", [1, 2.5, -3])})
    with Guard(): {}["missing"]
    try: fail(4)
    except ValueError as error: print(error, [x ** 2 % 7 for x in range(9) if x & 1], 1 < 2 < 3)
    match [round, (1, "two")]:
        case [int(n), (1, word)] if n >= 0: print(n, word, word[::-1], not word)
    del numbers
