# step: 5
# file: reverseproxy/lines/worker.py
# message: each has one try, rose the first one
# why: home has had its turn, and the target does not know


class Worker:
    async def _dial(self):
        tried, self._avoided = [self._avoided] if self._avoided else [], None
        why = None
        if self._home not in tried:
            try:
                return await self._connect(self._target.lease(tried=self._others))
            except ExchangeError as error:
                why = error
        while True:
            try:
                lease = self._target.lease(tried=tried)
                tried.append(lease.upstream)
                return await self._connect(lease)
            except NoUpstreamAvailable as error:
                raise why or error from error
            except ConnectFailed as error:
                why = error
