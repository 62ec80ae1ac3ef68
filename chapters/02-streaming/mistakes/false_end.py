# step: 3
# file: reverseproxy/http/answer.py
# message: half an answer was given an end
# why: a finally that is meant to tidy up writes the end of the body, whatever happened


async def pass_on(answer, method, send, patience):
    fields = fields_for_client(answer, method)
    head = {"type": "http.response.start", "status": answer.status, "headers": fields}
    await deliver(send, head, patience)
    try:
        async for piece in answer.body:
            await deliver(send, body_message(piece, more=True), patience)
    except UpstreamError as error:
        raise AnswerBroken(str(error)) from error
    finally:
        await deliver(send, body_message(b"", more=False), patience)
