# step: 3
# file: reverseproxy/health/record.py
# message: the level went on growing behind the limit, and nothing was forgiven
# why: the time is limited, so the level behind it seems to be


class Record:
    def sentence(self):
        self._level += 1
        return min(self._level * self._settings.ejection, self._settings.longest)
