# step: 2
# file: reverseproxy/policies/ring.py
# message: something waits, or loops, for ever
# why: a ring has no end, and somebody will be there


class Ring:
    def find(self, key, upstreams, accepts):
        places, owners, _ = self._rings.table(upstreams)
        here = bisect_left(places, crc32(key))
        refused = set()
        while True:
            owner = owners[here % len(owners)]
            if owner not in refused and accepts(owner):
                return owner
            refused.add(owner)
            here += 1
