# step: 3
# file: reverseproxy/health/ejector.py
# message: all 1 fail, and all 1 were ejected: nobody is left
# why: who fails goes, and a share of all is at least one


class Ejector:
    def _may_eject(self, upstream, now):
        others = [other for other in self._upstreams if other is not upstream]
        out = 1 + sum(other.facts.ejected_until is not None for other in others)
        return out <= max(1, int(self._settings.max_ejected * len(self._upstreams)))
