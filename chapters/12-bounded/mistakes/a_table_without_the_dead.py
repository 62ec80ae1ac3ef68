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
        takers = frozenset(filter(accepts, upstreams))
        tables = self.__dict__.setdefault("tables", {})
        if not takers:
            return None
        if takers not in tables:
            tables[takers] = table_of(Upstreams(takers))
        places, owners = tables[takers]
        return owners[places[hash64(key, 0) % len(places)]]
