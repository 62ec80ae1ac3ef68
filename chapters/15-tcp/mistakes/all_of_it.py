# step: 1
# file: reverseproxy/tcp/flow.py
# message: and the end was told before it went
# why: sendall sends all of it, and says nothing of a socket that does not wait


class Flow:
    def read(self):
        try:
            count = self._source.recv_into(PIECE)
            if not count:
                self._end()
                return
            self._sink.sendall(PIECE[:count])
        except BlockingIOError:
            return
        except OSError as error:
            self._told(error)
