# step: 4
# file: reverseproxy/health/ejector.py
# message: the trial's client left, and nobody else may try
# why: an abandoned trial decides nothing, so nothing seems to be left to do


class Ejector:
    def _tried(self, lease, now):
        facts = lease.upstream.facts
        facts.is_on_trial, self._records[lease.upstream].trial = False, None
        if lease.outcome is Outcome.ABANDONED:
            return
        if self._has_failed(lease) and self._may_eject(lease.upstream, now):
            self._eject(lease, now)
        else:
            self._readmit(lease, now)
