# step: 5
# file: reverseproxy/lines/worker.py
# message: the policy is to take bud
# why: the worker has a list of them


class Worker:
    async def _dial(self):
        avoided, self._avoided = self._avoided, None
        why = None
        everybody = [self._home, *self._others]
        for each in everybody:
            if each is avoided:
                continue
            try:
                tried = [other for other in everybody if other is not each]
                return await self._connect(self._target.lease(tried=tried))
            except NoUpstreamAvailable as error:
                why = why or error
            except ConnectFailed as error:
                why = error
        raise why
