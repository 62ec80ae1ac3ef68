# step: 4
# file: reverseproxy/tcp/door.py
# message: and it was let in, and hears an end
# why: who finds no room goes home


class Door:
    def accept(self, sock):
        for _ in range(MOST):
            try:
                client, _ = sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self._wait(error)
                return
            if not self._has_room():
                client.close()
                self.shut()
                return
            self._enter(client)
