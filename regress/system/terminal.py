#!/usr/bin/env python3
# terminal.py COMMAND ARG... -- KEYS...: runs a command on a terminal of 80x24,
# types the keys one after the other when it has written something and is quiet
# again, writes what the command wrote, and ends with its exit status.
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

split = sys.argv.index("--")
command, keys = sys.argv[1:split], sys.argv[split + 1:]
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))


def read(seconds):
    """What it writes within that time: None: nothing, b"": it has ended."""
    if not select.select([fd], [], [], seconds)[0]:
        return None
    try:
        data = os.read(fd, 65536)
    except OSError:
        data = b""
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return data


# One that writes all the time, as `watch' does, is typed to all the same.
for key in keys:
    more = read(20)
    end = time.monotonic() + 1.5
    while more and time.monotonic() < end:
        more = read(0.4)
    try:
        os.write(fd, key.encode().decode("unicode_escape").encode())
    except OSError:
        break
end = time.monotonic() + 30
while time.monotonic() < end and read(1) != b"":
    pass
for _ in range(50):
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        sys.exit(os.waitstatus_to_exitcode(status))
    time.sleep(0.1)
os.kill(pid, 9)
sys.exit(1)
