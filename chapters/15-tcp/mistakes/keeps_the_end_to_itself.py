# step: 1
# file: reverseproxy/tcp/flow.py
# message: the source has ended, and the sink's far end never hears that
# why: the relay is told, and will see to it


class Flow:
    def _end(self):
        self.has_ended = True
        self._poller.remove_reader(self._source.fileno())
        self._told(None)
