# step: 4
# file: reverseproxy/tcp/door.py
# message: a client had left again, and the door was shut
# why: all that accept raises is trouble


class Door:
    def accept(self, sock):
        for _ in range(MOST):
            if not self._has_room():
                self.shut()
                return
            try:
                client, _ = sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._wait(error)
                return
            self._enter(client)
