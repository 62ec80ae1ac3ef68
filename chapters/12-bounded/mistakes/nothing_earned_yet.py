# step: 3
# file: reverseproxy/policies/maglev.py
# message: one has no turn in the first round
# why: who has not earned anything has no turn


def turns_of(weights):
    most = max(weights)
    earned = [0] * len(weights)
    while True:
        for rank, weight in enumerate(weights):
            earned[rank] += weight
            if earned[rank] >= most:
                earned[rank] -= most
                yield rank
