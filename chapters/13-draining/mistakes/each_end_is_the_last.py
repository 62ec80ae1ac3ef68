# step: 1
# file: reverseproxy/draining.py
# message: one is still in flight, and the log says
# why: the request that ends is the one that somebody waits for, unless there are two


class Drains:
    def ended(self, lease, now):
        upstream = lease.upstream
        if upstream.facts.admin is not Admin.READY:
            logger.info("upstream %s: has nothing in flight any more", upstream)
