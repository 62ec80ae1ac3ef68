# step: 1
# file: reverseproxy/policies/ring.py
# message: is not where nginx has it
# why: the name is what was written, with its colon


def points(name, weight):
    of_name = crc32(name.encode())
    place, found = 0, []
    for _ in range(POINTS * weight):
        place = crc32(place.to_bytes(4, "little"), of_name)
        found.append(place)
    return found
