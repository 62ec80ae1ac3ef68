# step: 2
# file: reverseproxy/policies/ring.py
# message: a search for one key read more than 100
# why: as many points lie before the key as its index says, so they can be counted


class Ring:
    def find(self, key, upstreams, accepts):
        places, owners, holders = self._rings.table(upstreams)
        begin = sum(place < crc32(key) for place in places)
        refused = set()
        for ahead in range(len(owners)):
            owner = owners[(begin + ahead) % len(owners)]
            if owner in refused:
                continue
            if accepts(owner):
                return owner
            refused.add(owner)
            if len(refused) == holders:
                break
        return None
