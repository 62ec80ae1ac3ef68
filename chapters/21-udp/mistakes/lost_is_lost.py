# step: 5
# file: reverseproxy/udp/switchboard.py
# message: and that was told when petal was sent: 2 is to have heard [b'petal'], and it was []
# why: UDP may lose a datagram, so it may lose this one


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            self._unplug(talk, OVER)
        why = self._try(talk, data)
        if why:
            self._counts.dropped[why] += 1
        return why is None
