# step: 3
# file: reverseproxy/http/accept_queue.py
# message: three connections share 1 protocols
# why: protocol is something to call, once for each


async def welcome(taken, protocol):
    loop, one = asyncio.get_running_loop(), protocol()
    for connection in taken:
        try:
            await loop.connect_accepted_socket(lambda: one, connection)
        except OSError:
            connection.close()
