#!/usr/bin/env python3
# terminal.py COMMAND ARG... -- KEYS...: runs a command on a terminal of 80x24,
# types the keys one after the other with a pause behind each, writes what the
# command wrote, and ends with its exit status.
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


def drain(seconds):
    end = time.time() + seconds
    while time.time() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                return
            sys.stdout.buffer.write(data)


drain(1)
for key in keys:
    try:
        os.write(fd, key.encode().decode("unicode_escape").encode())
    except OSError:
        break
    drain(0.6)
sys.stdout.flush()
for _ in range(50):
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        sys.exit(os.waitstatus_to_exitcode(status))
    time.sleep(0.1)
os.kill(pid, 9)
sys.exit(1)
