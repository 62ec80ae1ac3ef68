# step: 4
# file: reverseproxy/tcp/door.py
# message: the room is full, and the door says that it is open
# why: nobody is let in, and that is enough


class Door:
    def accept(self, sock):
        for _ in range(MOST):
            if not self._has_room():
                return
            try:
                client, _ = sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self._wait(error)
                return
            self._enter(client)
