import re, sys, threading
def fail(depth):
    if depth == 0:
        raise ValueError("deep")
    try:
        fail(depth - 1)
    finally:
        pass
found = {}
def work(n):
    total = 0
    for depth in range(5):
        try:
            fail(depth)
        except ValueError as error:
            total += len(str(error))
    words = re.findall(r"(\w+)-(\d+)(?=;)", "a-1; bb-22; c_c-3x; dd-44;" * 2)
    found[n] = (total, words[:3], sorted(set(words))[-1], 3.7 ** n, 10 ** (20 + n))
for round in range(int(sys.argv[1])):
    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for one in threads: one.start()
    for one in threads: one.join()
    for n in sorted(found): print(round, n, found[n])
try:
    {}["missing"]
except KeyError as error:
    print(repr(error))
sys.exit(7)
