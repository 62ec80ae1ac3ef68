# step: 1
# file: reverseproxy/draining.py
# message: an upstream that is ready had its last answer
# why: whoever only counts says it after every quiet second


class Drains:
    def ended(self, lease, now):
        if not lease.upstream.in_flight:
            logger.info("upstream %s: has nothing in flight any more", lease.upstream)
