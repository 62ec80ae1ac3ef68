# step: 1
# file: reverseproxy/policies/ring.py
# message: different points, not 480
# why: three times the weight, so three times the points


def points(name, weight):
    host, port = host_and_port(name)
    of_name = crc32(host + b"\0" + port)
    place, found = 0, []
    for _ in range(POINTS):
        place = crc32(place.to_bytes(4, "little"), of_name)
        found.append(place)
    return found * weight
