# step: 5
# file: reverseproxy/lines/worker.py
# message: a lease of it raised NoUpstreamAvailable, and nobody caught that
# why: what can go wrong is that no connection can be made; that none may be made is forgotten


class Worker:
    async def _dial(self):
        tried, self._avoided = [self._avoided] if self._avoided else [], None
        why = None
        if self._home not in tried:
            try:
                return await self._connect(self._target.lease(tried=self._others))
            except ConnectFailed as error:
                why = error
            tried.append(self._home)
        while True:
            try:
                lease = self._target.lease(tried=tried)
                tried.append(lease.upstream)
                return await self._connect(lease)
            except NoUpstreamAvailable as error:
                raise why or error from error
            except ConnectFailed as error:
                why = error
