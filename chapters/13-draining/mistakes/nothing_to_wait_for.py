# step: 1
# file: reverseproxy/draining.py
# message: nothing was in flight, and after that the log has []
# why: with nothing in flight there is no end to hear of


class Drains:
    def told(self, upstream):
        state, running = upstream.facts.admin.value, upstream.in_flight
        logger.info("upstream %s: %s, with %d in flight", upstream, state, running)
