# step: 2
# file: reverseproxy/policies/ring.py
# message: and went on to the one behind
# why: there are two functions in bisect, and they look alike


class Ring:
    def find(self, key, upstreams, accepts):
        from bisect import bisect_right

        places, owners, holders = self._rings.table(upstreams)
        begin = bisect_right(places, crc32(key))
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
