# step: 3
# file: reverseproxy/http/answer.py
# message: the upstream was asked for more while the client had not taken this
# why: a queue between the two without a limit is memory without a limit


async def pass_on(answer, method, send, patience):
    fields = fields_for_client(answer, method)
    head = {"type": "http.response.start", "status": answer.status, "headers": fields}
    await deliver(send, head, patience)
    waiting = asyncio.Queue()

    async def fetch():
        async for piece in answer.body:
            waiting.put_nowait(piece)
        waiting.put_nowait(b"")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fetch())
            while piece := await waiting.get():
                await deliver(send, body_message(piece, more=True), patience)
    except* UpstreamError as errors:
        raise AnswerBroken("broken off") from errors
