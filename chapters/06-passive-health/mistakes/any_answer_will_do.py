# step: 4
# file: reverseproxy/health/ejector.py
# message: an answer to a request from before the ejection ended it
# why: an answer is an answer, and it is out no longer if it answers


class Ejector:
    def answered(self, lease, now):
        if lease.upstream.facts.ejected_until is not None and not self._has_failed(lease):
            self._readmit(lease, now)
