# step: 4
# file: reverseproxy/tcp/door.py
# message: and 2 were let in
# why: whether there is room is seen when somebody is inside


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
            is_full = not self._has_room()
            self._enter(client)
            if is_full:
                self.shut()
                return
