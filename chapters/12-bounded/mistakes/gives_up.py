# step: 4
# file: reverseproxy/policies/maglev.py
# message: one of 300 is available, and it was not found
# why: 32 hashes ought to be enough


class Maglev:
    def find(self, key, upstreams, accepts):
        places, owners = self._tables.table(upstreams)
        for attempt in range(TRIES):
            owner = owners[places[hash64(key, attempt) % len(places)]]
            if accepts(owner):
                return owner
        return None
