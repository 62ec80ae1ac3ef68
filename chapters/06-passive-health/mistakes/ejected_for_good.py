# step: 4
# file: reverseproxy/health/ejector.py
# message: the trial failed, and it was sent away: nobody is left
# why: whoever fails a trial has had a chance


class Ejector:
    def _tried(self, lease, now):
        facts = lease.upstream.facts
        facts.is_on_trial, self._records[lease.upstream].trial = False, None
        if lease.outcome is Outcome.ABANDONED:
            facts.ejected_until = now
            return
        if self._has_failed(lease):
            self._eject(lease, now)
        else:
            self._readmit(lease, now)
