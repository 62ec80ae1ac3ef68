# step: 1
# file: reverseproxy/health/slow_start.py
# message: a quarter of the window, by aggression
# why: an exponent is an exponent, and with aggression 1 both ways are the same


class SlowStart:
    def share(self, elapsed):
        if elapsed >= self.window:
            return 1.0
        return max(self.floor, (max(elapsed, 0.0) / self.window) ** self.aggression)
