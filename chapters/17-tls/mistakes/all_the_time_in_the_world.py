# step: 4
# file: reverseproxy/tcp/handshake.py
# message: the other side says nothing, and it is waited for, without any limit
# why: whoever is slow is slow


async def shake_hands(sock, poller, seconds):
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await readable(poller, sock)
        except ssl.SSLWantWriteError:
            await writable(poller, sock)
        else:
            return
