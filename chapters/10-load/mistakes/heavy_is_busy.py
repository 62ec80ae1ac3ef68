# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: the wrong one was less busy
# why: less in flight is less to do, as long as all are alike


def less_busy(one, other):
    return other if one.in_flight > other.in_flight else one
