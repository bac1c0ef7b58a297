"""A small process that starts a command and prints what it took: seconds of CPU, seconds on the wall, kilobytes of memory (bytes on macOS).

Memory is why it exists: a process is charged with what its parent held when it was started, so the parent must be small.
"""

import os
import subprocess
import sys
import time

start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)  # noqa: S603  # our own commands
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
print(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss)
sys.exit(process.returncode)
