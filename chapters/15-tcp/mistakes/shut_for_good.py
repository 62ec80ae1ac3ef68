# step: 4
# file: reverseproxy/tcp/door.py
# message: there is something left again, and the door stays shut
# why: who has no room shuts the door


class Door:
    def accept(self, sock):
        for _ in range(MOST):
            if not self._has_room():
                self.shut()
                return
            try:
                client, _ = sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                logger.warning("no more clients for now: %s", error.strerror)
                self.shut()
                return
            self._enter(client)
