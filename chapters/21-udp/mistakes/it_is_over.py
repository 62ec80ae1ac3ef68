# step: 5
# file: reverseproxy/udp/switchboard.py
# message: 1 has refused, which is a failure, and health heard of 'abandoned'
# why: a session that leaves is over there


class Switchboard:
    def _failed(self, talk, error):
        why = meaning(error)
        if why is Drop.REFUSED and (wire := talk.wire):
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, OVER)
        return why
