# step: 4
# file: reverseproxy/policies/maglev.py
# message: not every place of a larger table is used
# why: the size of the table has a name


class Maglev:
    def find(self, key, upstreams, accepts):
        places, owners = self._tables.table(upstreams)
        for attempt in range(TRIES):
            owner = owners[places[hash64(key, attempt) % PLACES]]
            if accepts(owner):
                return owner
        begin = hash64(key, TRIES) % len(owners)
        return next(filter(accepts, owners[begin:] + owners[:begin]), None)
