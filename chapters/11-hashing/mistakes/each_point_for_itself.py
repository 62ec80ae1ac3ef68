# step: 1
# file: reverseproxy/policies/ring.py
# message: it goes on from the first one
# why: a number behind the name gives as many points as one likes; many libraries do it so


def points(name, weight):
    host, port = host_and_port(name)
    of_name = crc32(host + b"\0" + port)
    first = crc32((0).to_bytes(4, "little"), of_name)
    numbers = range(1, POINTS * weight)
    return [first, *(crc32(number.to_bytes(4, "little"), of_name) for number in numbers)][
        : POINTS * weight
    ]
