# step: 1
# file: reverseproxy/lease.py
# message: ClientGone() was blamed on the upstream
# why: something went wrong, so somebody must have done it


def outcome_of(error):
    return Outcome.SUCCESS if error is None else Outcome.FAILURE
