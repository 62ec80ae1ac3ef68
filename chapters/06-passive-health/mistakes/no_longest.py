# step: 3
# file: reverseproxy/health/record.py
# message: the twelfth ejection takes 360 s
# why: longer each time is what it says


class Record:
    def sentence(self):
        self._level += 1
        return self._level * self._settings.ejection
