# step: 2
# file: reverseproxy/policies/least_connections.py
# message: 50 uses left
# why: an entry deep in a heap is hard to take out, so it is left for later


class LeastConnections:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        heap, aside, chosen = self._loads, [], None
        while heap and chosen is None:
            entry = heap.pop(0)
            load, number, upstream = entry
            if self._load.get(upstream) != load or self._queues.get(upstream) != number:
                continue
            aside.append(entry)
            if accepts(upstream):
                chosen = upstream
        for entry in aside:
            if entry[2] is not chosen:
                insort(heap, entry, key=lambda each: each[:2])
        if chosen is not None:
            self._insert(chosen)
        return chosen

    def _move(self, upstream):
        if upstream in self._load:
            self._insert(upstream)

    def _insert(self, upstream):
        self._load[upstream] = load_of(upstream)
        number = self._queues[upstream] = self.__dict__.setdefault("count", 0)
        self.count += 1
        insort(self._loads, (self._load[upstream], number, upstream), key=lambda each: each[:2])

    def _remove(self, upstream):
        self._load.pop(upstream, None)


def load_of(upstream):
    return upstream.in_flight / upstream.weight if upstream.weight else float("inf")
