# step: 5
# file: reverseproxy/udp/switchboard.py
# message: why it failed is `reason`'s word,
# why: the error says what it is


class Switchboard:
    def _failed(self, talk, error):
        why = meaning(error)
        if why is Drop.REFUSED and (wire := talk.wire):
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(str(error)))
        return why
