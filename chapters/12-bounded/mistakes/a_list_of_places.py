# step: 3
# file: reverseproxy/policies/maglev.py
# message: the table is a list, not an array
# why: a list does the same


def fill(ways, turns, size):
    places = [-1] * size
    starts = [start for start, _ in ways]
    for rank in islice(turns, size):
        place, step = starts[rank], ways[rank][1]
        while places[place] >= 0:
            place = (place + step) % size
        places[place] = rank
        starts[rank] = place
    return places
