# step: 3
# file: reverseproxy/policies/maglev.py
# message: weights 1, 3, 2, and the turns are
# why: who is to have most goes first


def turns_of(weights):
    most = max(weights)
    earned = [most - weight for weight in weights]
    order = sorted(enumerate(weights), key=lambda pair: -pair[1])
    while True:
        for rank, weight in order:
            earned[rank] += weight
            if earned[rank] >= most:
                earned[rank] -= most
                yield rank
