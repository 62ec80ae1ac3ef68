# step: 3
# file: reverseproxy/policies/maglev.py
# message: weights 3, 2, 1, and the turns are
# why: a first round for everybody, and then everybody begins at nothing


def turns_of(weights):
    most = max(weights)
    earned = [0] * len(weights)
    yield from range(len(weights))
    while True:
        for rank, weight in enumerate(weights):
            earned[rank] += weight
            if earned[rank] > most:
                earned[rank] -= most
                yield rank
