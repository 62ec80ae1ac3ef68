# step: 2
# file: reverseproxy/policies/ring.py
# message: all ten have refused, and the search read more than
# why: the loop ends by itself, when it is round


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
        return None
