# step: 5
# file: reverseproxy/udp/switchboard.py
# message: there is no address, and it was asked for again and again
# why: one of them will have it in the end


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            self._unplug(talk, OVER)
        while (why := self._try(talk, data)) is Drop.REFUSED:
            pass
        if why:
            self._counts.dropped[why] += 1
        return why is None
