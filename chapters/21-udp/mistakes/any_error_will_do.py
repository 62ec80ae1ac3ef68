# step: 5
# file: reverseproxy/udp/switchboard.py
# message: between the two one was too large: 1 is to have heard
# why: what does not work is not to be tried again


class Switchboard:
    def _failed(self, talk, error):
        wire = talk.wire
        if wire:
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(reason(error)))
        return meaning(error)
