# step: 5
# file: reverseproxy/udp/switchboard.py
# message: went out, and there is no session: what did `_ask` return?
# why: there is nothing to say when all is well


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            self._unplug(talk, OVER)
        why = self._try(talk, data)
        if why is Drop.REFUSED:
            why = self._try(talk, data)
        if why is None:
            return None
        self._counts.dropped[why] += 1
        return False
