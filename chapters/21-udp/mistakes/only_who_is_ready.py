# step: 5
# file: reverseproxy/udp/switchboard.py
# message: 1 is draining, so the session is with 1 now, and it is 2
# why: whoever is not available is to have nothing any more


class Switchboard:
    def _ask(self, talk, data):
        wire = talk.wire
        if (
            wire
            and not wire.lease.upstream.state(self._now()).available
            and not wire.is_last_resort
        ):
            self._unplug(talk, OVER)
        why = self._try(talk, data)
        if why is Drop.REFUSED:
            why = self._try(talk, data)
        if why:
            self._counts.dropped[why] += 1
        return why is None
