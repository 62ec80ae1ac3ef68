# step: 4
# file: reverseproxy/policies/maglev.py
# message: tables were built, and no upstream came or went
# why: the table should hold whoever is there


class Maglev:
    def find(self, key, upstreams, accepts):
        places, owners = self._tables.table(upstreams)
        owner = owners[places[hash64(key, 0) % len(places)]]
        if accepts(owner):
            return owner
        takers = Upstreams(filter(accepts, upstreams))
        if not takers:
            return None
        places, owners = table_of(takers)
        for attempt in range(TRIES):
            owner = owners[places[hash64(key, attempt) % len(places)]]
            if accepts(owner):
                return owner
        return None
