# step: 2
# file: reverseproxy/health/record.py
# message: ..F..F..F..F..F..F..F..F..F..F..F..F..F..F..F..F..F..F..F..F: too much after
# why: failures are in one window and successes in the other, and so it is no share


class Record:
    def failed(self, now):
        self._failed.add(1, now)
        self._in_a_row += 1
