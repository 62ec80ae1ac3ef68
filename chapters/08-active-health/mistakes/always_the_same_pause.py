# step: 5
# file: reverseproxy/services.py
# message: the pauses in the log
# why: one pause is easier than two


async def supervise(service, pause=FIRST_PAUSE):
    while True:
        why = await died(service)
        logger.error(
            "%s ended; it starts again in %g s", type(service).__name__, pause, exc_info=why
        )
        await asyncio.sleep(pause)
