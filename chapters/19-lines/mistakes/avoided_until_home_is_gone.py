# step: 5
# file: reverseproxy/lines/worker.py
# message: thorn was avoided while rose was connected with
# why: who is avoided matters among the others, so it is forgotten there


class Worker:
    async def _dial(self):
        tried = [self._avoided] if self._avoided else []
        why = None
        if self._home not in tried:
            try:
                return await self._connect(self._target.lease(tried=self._others))
            except ExchangeError as error:
                why = error
            tried.append(self._home)
        self._avoided = None
        while True:
            try:
                lease = self._target.lease(tried=tried)
                tried.append(lease.upstream)
                return await self._connect(lease)
            except NoUpstreamAvailable as error:
                raise why or error from error
            except ConnectFailed as error:
                why = error
