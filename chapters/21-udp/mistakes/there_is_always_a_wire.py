# step: 5
# file: reverseproxy/udp/switchboard.py
# message: there was an OSError and no wire yet, and `_failed` raised
# why: only a socket raises an OSError


class Switchboard:
    def _failed(self, talk, error):
        why = meaning(error)
        if why is Drop.REFUSED:
            wire = talk.wire
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(reason(error)))
        return why
