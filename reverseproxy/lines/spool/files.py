"""Files: all that a spool does with a disk, in one place, so that tests can be another disk."""

import errno
import fcntl
import functools
import os
from typing import Protocol

from reverseproxy.errors import ConfigurationError

SYNC = getattr(fcntl, "F_FULLFSYNC", None)
"""What macOS calls an fsync that empties the cache of the disk, too."""

UNKNOWN = (errno.EINVAL, errno.ENOTSUP, errno.ENOTTY)
"""What a file system says that cannot do this. It has not tried, so an fsync may follow."""


class File(Protocol):
    """A file that is open, to have something put at its end. Everything raises OSError."""

    def write(self, data: memoryview) -> int:
        """Appends some of it: how many bytes."""

    def truncate(self, size: int) -> None:
        """Cuts off what comes after so many bytes."""

    def sync(self) -> None:
        """Returns when what is in it survives a power cut; not its name, though."""

    def close(self) -> None:
        """Closes it."""


class Files(Protocol):
    """A directory. Everything raises OSError."""

    def open(self) -> None:
        """Takes it into use, alone. Raises ConfigurationError when that cannot be."""

    def names(self) -> list[str]:
        """Those of the files in it."""

    def append(self, name: str) -> File:
        """Opens that file, and makes it if there is none."""

    def read(self, name: str, offset: int = 0, size: int | None = None) -> bytes:
        """So many bytes from there on, or as many as there are."""

    def rename(self, old: str, new: str) -> None:
        """Gives a file another name, at once, and takes that from whichever had it."""

    def link(self, name: str, second: str) -> None:
        """Gives a file a second name."""

    def unlink(self, name: str) -> None:
        """Takes that name away, and deletes the file if it was the last one."""

    def sync(self) -> None:
        """Returns when the names survive a power cut: new ones, changed ones, and deletions."""

    def close(self) -> None:
        """Others may have the directory now."""


class Disk:
    """A directory of the operating system."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._directory = -1

    def open(self) -> None:
        """Takes it into use, alone. Raises ConfigurationError when that cannot be."""
        allowed = "needs a directory that this program may read and write"
        try:
            self._directory = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
            if not os.access(self._path, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            allowed = "needs a file system that can lock it"
            fcntl.flock(self._directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            allowed = f"{allowed}: {error}"
            if isinstance(error, BlockingIOError):
                allowed = "needs a directory of its own: another program has this one in use"
            raise ConfigurationError("path", self._path, allowed) from error

    def names(self) -> list[str]:
        """Those of the files in it."""
        return os.listdir(self._directory)

    def append(self, name: str) -> "DiskFile":
        """Opens that file, and makes it if there is none."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        return DiskFile(os.open(name, flags, 0o600, dir_fd=self._directory))

    def read(self, name: str, offset: int = 0, size: int | None = None) -> bytes:
        """So many bytes from there on, or as many as there are."""
        with open(name, "rb", opener=functools.partial(os.open, dir_fd=self._directory)) as file:
            file.seek(offset)
            return file.read(size)

    def rename(self, old: str, new: str) -> None:
        """Gives a file another name, at once, and takes that from whichever had it."""
        os.rename(old, new, src_dir_fd=self._directory, dst_dir_fd=self._directory)

    def link(self, name: str, second: str) -> None:
        """Gives a file a second name."""
        os.link(name, second, src_dir_fd=self._directory, dst_dir_fd=self._directory)

    def unlink(self, name: str) -> None:
        """Takes that name away, and deletes the file if it was the last one."""
        os.unlink(name, dir_fd=self._directory)

    def sync(self) -> None:
        """Returns when the names survive a power cut: new ones, changed ones, and deletions."""
        sync(self._directory)

    def close(self) -> None:
        """Others may have the directory now."""
        if self._directory >= 0:
            os.close(self._directory)
            self._directory = -1


class DiskFile:
    """A file of the operating system."""

    def __init__(self, file: int) -> None:
        self._file = file

    def write(self, data: memoryview) -> int:
        """Appends some of it: how many bytes."""
        return os.write(self._file, data)

    def truncate(self, size: int) -> None:
        """Cuts off what comes after so many bytes."""
        os.ftruncate(self._file, size)

    def sync(self) -> None:
        """Returns when what is in it survives a power cut; not its name, though."""
        sync(self._file)

    def close(self) -> None:
        """Closes it."""
        os.close(self._file)


def read(files: Files, name: str, offset: int = 0, size: int | None = None) -> bytes:
    """The same as `files.read`, but the OSError names the file: a bad sector's does not."""
    try:
        return files.read(name, offset, size)
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from error


def write(file: File, data: bytes) -> None:
    """Appends all of it. Raises OSError, also when the file takes nothing and does not say why."""
    rest = memoryview(data)
    while rest:
        count = file.write(rest)
        if not count:
            raise OSError(errno.EIO, "nothing was written")
        rest = rest[count:]


def sync(file: int) -> None:
    """Has everything of it on the disk, and not in a cache, as far as its file system knows how."""
    if SYNC is not None:
        try:
            fcntl.fcntl(file, SYNC)
        except OSError as error:
            if error.errno not in UNKNOWN:
                raise
        else:
            return
    os.fsync(file)
