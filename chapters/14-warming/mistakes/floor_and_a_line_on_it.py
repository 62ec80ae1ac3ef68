# step: 1
# file: reverseproxy/health/slow_start.py
# message: the floor is a floor: it takes nothing and adds nothing
# why: a line from the floor to 1 has no bend in it, and looks neater


class SlowStart:
    def share(self, elapsed):
        if elapsed >= self.window:
            return 1.0
        part = (max(elapsed, 0.0) / self.window) ** (1 / self.aggression)
        return self.floor + (1 - self.floor) * part
