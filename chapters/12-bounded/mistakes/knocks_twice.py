# step: 4
# file: reverseproxy/policies/maglev.py
# message: the keys of one that is out went to
# why: the hash of a key is its hash


class Maglev:
    def find(self, key, upstreams, accepts):
        places, owners = self._tables.table(upstreams)
        begin = places[hash64(key, 0) % len(places)]
        return next(filter(accepts, owners[begin:] + owners[:begin]), None)
