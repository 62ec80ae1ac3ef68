# step: 3
# file: reverseproxy/http/answer.py
# message: the client took nothing, and was waited for all the same
# why: send returns when there is room, and for a client that sleeps there never is


async def pass_on(answer, method, send, patience):
    fields = fields_for_client(answer, method)
    await send({"type": "http.response.start", "status": answer.status, "headers": fields})
    try:
        async for piece in answer.body:
            await send(body_message(piece, more=True))
    except UpstreamError as error:
        raise AnswerBroken(str(error)) from error
