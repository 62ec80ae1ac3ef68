# step: 4
# file: reverseproxy/tcp/door.py
# message: five clients waited, and one call let in 1
# why: one event, one client


class Door:
    def accept(self, sock):
        if not self._has_room():
            self.shut()
            return
        try:
            client, _ = sock.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            self._wait(error)
            return
        self._enter(client)
