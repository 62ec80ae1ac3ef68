# step: 4
# file: reverseproxy/lines/serving.py
# message: all of 7 lines have gone out of the store: 4 are pending
# why: lines come into the store, and so that is what they wait in


class Serving:
    @property
    def pending(self):
        kept = sum(each.lines for each in set(self._intakes))
        return kept + sum(worker.lines for worker in self._workers)
