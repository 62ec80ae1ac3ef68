# step: 2
# file: reverseproxy/policies/ring.py
# message: and somebody who stays was not asked
# why: when as many have refused as there are upstreams, all have


class Ring:
    def find(self, key, upstreams, accepts):
        places, owners, _ = self._rings.table(upstreams)
        begin = bisect_left(places, crc32(key))
        refused = set()
        for ahead in range(len(owners)):
            owner = owners[(begin + ahead) % len(owners)]
            if owner in refused:
                continue
            if accepts(owner):
                return owner
            refused.add(owner)
            if len(refused) == len(upstreams):
                break
        return None
