# step: 4
# file: reverseproxy/tcp/handshake.py
# message: nothing comes from the other side, and it is looked for again and again
# why: others have a turn in between


async def shake_hands(sock, poller, seconds):
    async with asyncio.timeout(seconds):
        while True:
            try:
                sock.do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                await asyncio.sleep(0)
            else:
                return
