# step: 1
# file: reverseproxy/target.py
# message: unlisted and ejected, and a try was promised with it
# why: ready, not down and with a weight: what else could there be?

from reverseproxy.facts import Admin


def unejected(now, tried):
    def accepts(upstream):
        facts = upstream.facts
        is_there = facts.admin is Admin.READY and facts.is_up is not False
        return is_there and upstream.weight > 0 and upstream not in tried

    return accepts
