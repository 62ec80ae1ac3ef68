# step: 5
# file: reverseproxy/udp/switchboard.py
# message: it was too large, one try is enough, and there were 2
# why: what did not go may go the second time


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            self._unplug(talk, OVER)
        why = self._try(talk, data)
        if why:
            why = self._try(talk, data)
        if why:
            self._counts.dropped[why] += 1
        return why is None
