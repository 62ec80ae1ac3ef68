# step: 5
# file: reverseproxy/udp/switchboard.py
# message: both are ejected, four datagrams of one client: 4 sockets
# why: who is to be left is left


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts):
            self._unplug(talk, OVER)
        why = self._try(talk, data)
        if why is Drop.REFUSED:
            why = self._try(talk, data)
        if why:
            self._counts.dropped[why] += 1
        return why is None
