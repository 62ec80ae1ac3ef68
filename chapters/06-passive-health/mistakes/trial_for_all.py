# step: 4
# file: reverseproxy/health/ejector.py
# message: its trial is under way, and it may have more requests
# why: the lease is remembered, so the Ejector knows which one is the trial; nobody else does


class Ejector:
    def started(self, lease, now):
        facts = lease.upstream.facts
        if facts.ejected_until is not None and is_available(facts, now):
            self._records[lease.upstream].trial = lease
