# step: 3
# file: reverseproxy/lines/in_flight.py
# message: 4 lines are on their way, behind byte 12: not 6
# why: what is returned is counted elsewhere, and what is left is not thought of


class InFlight:
    def arrived(self, offset):
        lines = 0
        while self._batches and self._batches[0][0] <= offset:
            lines += self._batches.popleft()[1].lines
        return lines
