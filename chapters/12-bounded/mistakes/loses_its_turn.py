# step: 3
# file: reverseproxy/policies/maglev.py
# message: the paper's table is 1 0 1 0 2 2 0
# why: who finds a place taken has had its turn


def fill(ways, turns, size):
    places = array("i", [-1]) * size
    starts = [start for start, _ in ways]
    left = size
    for number in range(100 * size * len(ways)):
        rank = number % len(ways)
        place = starts[rank]
        if places[place] < 0:
            places[place] = rank
            left -= 1
        starts[rank] = (place + ways[rank][1]) % size
        if not left:
            break
    return places
