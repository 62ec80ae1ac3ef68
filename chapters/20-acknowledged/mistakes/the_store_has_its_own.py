# step: 4
# file: reverseproxy/lines/serving.py
# message: 4 lines were in the store, and 3 came: 0 are pending
# why: a store outlives the program, and counts for itself


class Serving:
    @property
    def pending(self):
        return self.on_their_way
