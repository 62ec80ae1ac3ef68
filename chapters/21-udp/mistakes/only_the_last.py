# step: 5
# file: reverseproxy/udp/switchboard.py
# message: 1 and 2 have refused, one after the other: 3 is to have heard [b'petal'], and it was []
# why: what matters is who has refused just now


class Switchboard:
    def _failed(self, talk, error):
        why = meaning(error)
        if why is Drop.REFUSED and (wire := talk.wire):
            talk.refused = (wire.lease.upstream,)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(reason(error)))
        return why
