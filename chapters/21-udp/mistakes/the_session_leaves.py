# step: 5
# file: reverseproxy/udp/switchboard.py
# message: one client, and after a refusal it has session 2
# why: whoever is refused has to begin again


class Switchboard:
    def _failed(self, talk, error):
        why = meaning(error)
        if why is Drop.REFUSED and (wire := talk.wire):
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(reason(error)))
            self._sessions.remove(talk)
        return why
