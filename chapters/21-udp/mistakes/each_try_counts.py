# step: 5
# file: reverseproxy/udp/switchboard.py
# message: too large for the second one that was tried, and dropped are
# why: what was refused is to be seen in the counts


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            self._unplug(talk, OVER)
        for _ in range(2):
            why = self._try(talk, data)
            if why:
                self._counts.dropped[why] += 1
            if why is not Drop.REFUSED:
                break
        return why is None
