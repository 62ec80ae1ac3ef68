# step: 5
# file: reverseproxy/udp/switchboard.py
# message: 1 was left for maintenance, and 2 after it: 1 is to have heard
# why: who had to be left is as good as one that has refused


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._unplug(talk, OVER)
        why = self._try(talk, data)
        if why is Drop.REFUSED:
            why = self._try(talk, data)
        if why:
            self._counts.dropped[why] += 1
        return why is None
