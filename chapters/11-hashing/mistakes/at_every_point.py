# step: 2
# file: reverseproxy/policies/ring.py
# message: one upstream was asked
# why: ask at each point until somebody says yes


class Ring:
    def find(self, key, upstreams, accepts):
        places, owners, _ = self._rings.table(upstreams)
        begin = bisect_left(places, crc32(key))
        for ahead in range(len(owners)):
            owner = owners[(begin + ahead) % len(owners)]
            if accepts(owner):
                return owner
        return None
