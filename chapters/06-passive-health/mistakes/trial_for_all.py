# step: 4
# file: reverseproxy/health/ejector.py
# message: its trial is under way, and it may have more requests
# why: the trial is written down in both places, and its old time is over for good


class Ejector:
    def started(self, lease, now):
        facts = lease.upstream.facts
        if facts.ejected_until is not None and is_available(facts, now):
            facts.is_on_trial = True
            self._records[lease.upstream].trial = lease
