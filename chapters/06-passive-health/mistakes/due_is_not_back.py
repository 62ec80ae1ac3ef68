# step: 3
# file: reverseproxy/health/ejector.py
# message: the last one went, on the word of one that has not had its trial
# why: available is available: the policy would take it, too


class Ejector:
    def _may_eject(self, upstream, now):
        others = [other for other in self._upstreams if other is not upstream]
        out = 1 + sum(other.facts.ejected_until is not None for other in others)
        most = max(1, int(self._settings.max_ejected * len(self._upstreams)))
        return out <= most and any(is_available(other.facts, now) for other in others)
