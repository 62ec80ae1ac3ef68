# step: 2
# file: reverseproxy/sessions.py
# message: a is the oldest and asks often, and the one that left was c
# why: of those without an answer, the one that was quiet longest is the oldest


class Sessions:
    def _to_evict(self):
        sessions = self._by_quiet.values()
        return next((each for each in sessions if each.is_one_way), None) or next(iter(sessions))
