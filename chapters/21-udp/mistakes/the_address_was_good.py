# step: 5
# file: reverseproxy/udp/switchboard.py
# message: is to be noted, and it was []
# why: health hears of it, and that is all


class Switchboard:
    def _failed(self, talk, error):
        why = meaning(error)
        if why is Drop.REFUSED and (wire := talk.wire):
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._unplug(talk, ConnectFailed(reason(error)))
        return why
