# step: 1
# file: reverseproxy/available.py
# message: a use ended at an upstream that is down, and was counted off
# why: what began must end, wherever


class Available:
    def ended(self, lease, now):
        self.in_flight -= 1
