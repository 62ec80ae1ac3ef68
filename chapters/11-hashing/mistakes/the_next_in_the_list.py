# step: 2
# file: reverseproxy/policies/ring.py
# message: its keys are not where they would be without it
# why: somebody is out, and next to it is another one


class Ring:
    def find(self, key, upstreams, accepts):
        places, owners, _ = self._rings.table(upstreams)
        owner = owners[bisect_left(places, crc32(key)) % len(owners)]
        begin = upstreams.index(owner)
        return next(filter(accepts, upstreams[begin:] + upstreams[:begin]), None)
