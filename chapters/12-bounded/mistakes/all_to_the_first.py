# step: 4
# file: reverseproxy/policies/maglev.py
# message: not the first from hash 32 on
# why: somebody has to be the first that is asked


class Maglev:
    def find(self, key, upstreams, accepts):
        places, owners = self._tables.table(upstreams)
        for attempt in range(TRIES):
            owner = owners[places[hash64(key, attempt) % len(places)]]
            if accepts(owner):
                return owner
        begin = 0
        return next(filter(accepts, owners[begin:] + owners[:begin]), None)
