# step: 4
# file: reverseproxy/target.py
# message: round-robin: all others are ejected, and a has weight 0
# why: a weight is for the policy that weighs


def taking(now, tried, *, traffic):
    def accepts(upstream):
        facts = upstream.facts
        available = type(upstream)(upstream.origin, facts=facts).state(now, traffic=traffic)
        return available.available and upstream not in tried

    return accepts
