# step: 5
# file: reverseproxy/udp/switchboard.py
# message: 1 was left for maintenance, and health heard of [('failure'
# why: who is left has failed


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            self._unplug(talk, ConnectFailed("it is to be left"))
        why = self._try(talk, data)
        if why is Drop.REFUSED:
            why = self._try(talk, data)
        if why:
            self._counts.dropped[why] += 1
        return why is None
