# step: 3
# file: reverseproxy/http/accept_queue.py
# message: two were taken before an error, and 0 returned
# why: the empty queue is the one good end, and after an error there seems to be nothing to return


def waiting(sock):
    sock.setblocking(False)
    taken = []
    while True:
        try:
            taken.append(sock.accept()[0])
        except ConnectionAbortedError:
            continue
        except BlockingIOError:
            return taken
        except OSError:
            return []
