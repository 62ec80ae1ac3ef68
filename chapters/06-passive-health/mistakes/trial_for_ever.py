# step: 4
# file: reverseproxy/health/ejector.py
# message: the trial does not end, and keeps the upstream out
# why: the trial decides, so whoever comes next seems to have to wait for its end


class Ejector:
    def started(self, lease, now):
        facts = lease.upstream.facts
        if facts.ejected_until is not None and is_available(facts, now):
            facts.is_on_trial, facts.ejected_until = True, float("inf")
            self._records[lease.upstream].trial = lease
            logger.info("upstream %s: on trial, with one request", lease.upstream)
