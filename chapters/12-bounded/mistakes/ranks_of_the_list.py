# step: 4
# file: reverseproxy/policies/maglev.py
# message: not the owner of the key's place: a rank is one in owners
# why: the upstreams are at hand


class Maglev:
    def find(self, key, upstreams, accepts):
        places, owners = self._tables.table(upstreams)
        for attempt in range(TRIES):
            owner = upstreams[places[hash64(key, attempt) % len(places)]]
            if accepts(owner):
                return owner
        begin = hash64(key, TRIES) % len(owners)
        return next(filter(accepts, owners[begin:] + owners[:begin]), None)
