# step: 4
# file: reverseproxy/lines/serving.py
# message: 4 of 7 lines in the store have gone out of it: 3 are pending
# why: what is kept in a store is nowhere else


class Serving:
    @property
    def pending(self):
        return self._store.lines if self._store else self.on_their_way
