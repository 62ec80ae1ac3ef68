# step: 3
# file: reverseproxy/http/answer.py
# message: before the head was sent
# why: a for loop that sends the head in its first turn waits for the first piece


async def pass_on(answer, method, send, patience):
    fields, started = fields_for_client(answer, method), False
    try:
        async for piece in answer.body:
            if not started:
                head = {"type": "http.response.start", "status": answer.status, "headers": fields}
                await deliver(send, head, patience)
                started = True
            await deliver(send, body_message(piece, more=True), patience)
    except UpstreamError as error:
        raise AnswerBroken(str(error)) from error
