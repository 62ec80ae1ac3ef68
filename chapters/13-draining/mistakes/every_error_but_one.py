# step: 3
# file: reverseproxy/http/accept_queue.py
# message: a socket did not listen, and waiting raised
# why: that the queue is empty is the one end that comes to mind


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
