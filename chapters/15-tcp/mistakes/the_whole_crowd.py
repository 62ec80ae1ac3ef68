# step: 4
# file: reverseproxy/tcp/door.py
# message: and all others have to wait for that
# why: whoever waits has waited long enough


class Door:
    def accept(self, sock):
        while self._has_room():
            try:
                client, _ = sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self._wait(error)
                return
            self._enter(client)
        self.shut()
