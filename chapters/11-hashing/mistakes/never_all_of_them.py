# step: 2
# file: reverseproxy/policies/ring.py
# message: goes round the older ring for ever
# why: who has left need not be asked


class Ring:
    def find(self, key, upstreams, accepts):
        places, owners, holders = self._rings.table(upstreams)
        here = bisect_left(places, crc32(key))
        refused = set()
        while len(refused) < holders:
            owner = owners[here % len(owners)]
            here += 1
            if owner in refused or owner not in upstreams:
                continue
            if accepts(owner):
                return owner
            refused.add(owner)
        return None
