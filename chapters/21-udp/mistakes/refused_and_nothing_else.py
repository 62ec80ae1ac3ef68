# step: 5
# file: reverseproxy/udp/switchboard.py
# message: the host of 1 is unreachable: 2 is to have heard [b'rose'], and it was []
# why: that nobody listens there is what the kernel calls ECONNREFUSED


class Switchboard:
    def _failed(self, talk, error):
        wire = talk.wire
        if isinstance(error, ConnectionRefusedError) and wire:
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(reason(error)))
        return meaning(error)
