# step: 3
# file: reverseproxy/paths.py
# message: the upstream's own path was lost
# why: urljoin is made for links on a page, and there /foo means the root of the site

from urllib.parse import urljoin


def join(base, target):
    return urljoin(base, target)
