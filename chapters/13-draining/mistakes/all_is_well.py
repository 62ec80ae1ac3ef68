# step: 4
# file: reverseproxy/server.py
# message: some were cut off, and the exit code is 0
# why: both ends are a CancelledError, and who does not look into it takes one for the other


async def until_signalled(serving):
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop(number):
        if task is None or task.cancelling():
            raise SystemExit(128 + number)
        task.cancel()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    return 0
