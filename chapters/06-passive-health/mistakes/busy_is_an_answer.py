# step: 4
# file: reverseproxy/health/ejector.py
# message: the trial failed (503), and it is back
# why: it has answered, and an answer passes the trial


class Ejector:
    def answered(self, lease, now):
        if lease is self._records[lease.upstream].trial:
            self._readmit(lease, now)
