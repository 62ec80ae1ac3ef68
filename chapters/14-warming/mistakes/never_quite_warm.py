# step: 1
# file: reverseproxy/health/slow_start.py
# message: s of 10 the share is
# why: the line goes on beyond the window, and what is above 1 looks like 1 to a draw


class SlowStart:
    def share(self, elapsed):
        return max(self.floor, (max(elapsed, 0.0) / self.window) ** (1 / self.aggression))
