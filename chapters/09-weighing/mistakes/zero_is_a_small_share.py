# step: 4
# file: reverseproxy/target.py
# message: first: a has weight 0, and was chosen
# why: a weight is for the policy that weighs


def taking(now, tried, *, traffic):
    def accepts(upstream):
        facts = upstream.facts
        available = type(upstream)(upstream.origin, facts=facts).state(now, traffic=traffic)
        return available.available and upstream not in tried

    return accepts
