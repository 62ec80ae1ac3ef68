# step: 3
# file: reverseproxy/policies/maglev.py
# message: equal weights, and the shares are
# why: the first goes its way, then the second hers


def fill(ways, turns, size):
    places = array("i", [-1]) * size
    for number, (place, step) in enumerate(ways):
        for _ in range(size // len(ways) + size % len(ways) * (not number)):
            while places[place] >= 0:
                place = (place + step) % size
            places[place] = number
    return places
