# step: 5
# file: reverseproxy/udp/switchboard.py
# message: 1 has refused: 2 is to have heard [b'petal'], and it was []
# why: who has left does not go there again


class Switchboard:
    def _failed(self, talk, error):
        why = meaning(error)
        if why is Drop.REFUSED and (wire := talk.wire):
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(reason(error)))
        return why
