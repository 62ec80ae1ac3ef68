# step: 1
# file: reverseproxy/lease.py
# message: the upstream broke off its answer, and got away with it
# why: an error of the answer's is not an error of the upstream's, by its type


def outcome_of(error):
    if error is None:
        return Outcome.SUCCESS
    if isinstance(error, UpstreamError):
        return Outcome.FAILURE
    return Outcome.ABANDONED
