# step: 2
# file: reverseproxy/policies/ring.py
# message: of 100 keys found nobody
# why: nginx tries 20 times; who needs more?


class Ring:
    def find(self, key, upstreams, accepts):
        places, owners, holders = self._rings.table(upstreams)
        begin = bisect_left(places, crc32(key))
        refused = set()
        for ahead in range(20):
            owner = owners[(begin + ahead) % len(owners)]
            if owner in refused:
                continue
            if accepts(owner):
                return owner
            refused.add(owner)
            if len(refused) == holders:
                break
        return None
