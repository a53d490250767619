# SPDX-License-Identifier: Apache-2.0
"""What is measured: the bundles, the runtimes, the floor, and each operation for one runtime in one round."""
import concurrent.futures
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

CGROUP = "/sys/fs/cgroup"
WORKERS = 8


class Failed(Exception):
    """A runtime did not do what it was asked; what it said of it."""


def can_raise():
    with open("/proc/self/status", encoding="ascii") as f:
        return int(f.read().split("CapEff:")[1].split()[0], 16) >> 24 & 1


class Programs:
    """Starts programs, with /dev/null on 0 and 1 and a file on 2, at a cost that does not depend on our own size."""

    def __init__(self, work):
        self.said = f"{work}/said"
        nothing = os.open("/dev/null", os.O_RDWR)
        said = os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.actions = [(os.POSIX_SPAWN_DUP2, fd, n) for n, fd in enumerate((nothing, nothing, said))]

    def status(self, argv):
        pid = os.posix_spawn(argv[0], argv, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, file_actions=self.actions)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def timed(self, argv):
        """Milliseconds from before the program is started until it has ended."""
        start = time.perf_counter_ns()
        status = self.status(argv)
        taken = (time.perf_counter_ns() - start) / 1e6
        if status:
            with open(self.said, encoding="utf-8", errors="replace") as f:
                last = (f.read().strip().split("\n") or [""])[-1]
            raise Failed(f"{' '.join(argv)}: status {status}: {last}")
        return taken


def children():
    """Whatever is ours by now: this is a subreaper, so what a runtime leaves behind comes here."""
    found = []
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children", encoding="ascii") as f:
                found += map(int, f.read().split())
        except FileNotFoundError:                 # a thread that has ended; its children are the others'
            pass
    return found


def kill_children():
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    while children():
        os.wait()


def settled_copy(path, to):
    """All start from one file system. What is not on disk yet would count as memory of whoever maps it."""
    shutil.copy(path, to)
    with open(to, "rb") as f:
        os.fsync(f.fileno())


def memory_folder():
    """Where a runtime's state is unless it is told otherwise: in /run, which is a tmpfs; of most hosts, at least."""
    return next((path for path in ("/run", "/dev/shm") if file_system(path) == "tmpfs"), None)


def file_system(path):
    return subprocess.run(["stat", "-f", "-c", "%T", path], capture_output=True, text=True, check=True).stdout.strip()


def own_view():
    """Where /sys/fs/cgroup is no cgroup v2 tree, this program starts itself again where it is."""
    if file_system(CGROUP) == "cgroup2fs":
        return
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", "sh", "-c",
                          f'mount -t cgroup2 cgroup2 {CGROUP} && exec "$@"', "sh", sys.executable, *sys.argv])


class Bundles:
    """The bundles, all with one rootfs, and the folder for state: `def` is what `mcrun spec` writes, `heavy` has Podman's seccomp profile."""

    def __init__(self, mcrun, work, state, tree):
        self.work, self.state = work, state
        self.rootfs = f"{work}/rootfs"
        os.makedirs(f"{self.rootfs}/bin")
        for name in "proc sys dev tmp etc".split():
            os.mkdir(f"{self.rootfs}/{name}")
        settled_copy(os.path.realpath(shutil.which("busybox") or "busybox"), f"{self.rootfs}/bin/busybox")
        for applet in "true sleep".split():
            os.symlink("busybox", f"{self.rootfs}/bin/{applet}")
        os.mkdir(f"{work}/spec")
        subprocess.run([mcrun, "spec", "-b", f"{work}/spec", "--", "/bin/true"], check=True)
        with open(f"{work}/spec/config.json", encoding="utf-8") as f:
            self.config = json.load(f)
        self.config["ociVersion"] = "1.0.2"
        self.config["root"]["path"] = self.rootfs
        # crun wants to lock memory without limit for a device program, which takes CAP_SYS_RESOURCE: without that
        # right nobody gets rules for devices.
        self.devices = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY or can_raise()
        if not self.devices:
            del self.config["linux"]["resources"]
        with open(f"{tree}/tests/data/seccomp/podman-now.json", encoding="utf-8") as f:
            profile = json.load(f)
        self.make("def", ["/bin/true"])
        self.make("heavy", ["/bin/true"], profile)
        self.make("sleep", ["/bin/sleep", "10000"])
        plan = subprocess.run([mcrun, "explain", "-b", f"{work}/heavy"], check=True, capture_output=True, text=True)
        self.filter_size = re.search(r"/linux/seccomp +program of (\d+)", plan.stdout)[1]

    def make(self, name, args, seccomp=None, memory=None):
        config = json.loads(json.dumps(self.config))
        config["process"]["args"] = args
        if seccomp:
            config["linux"]["seccomp"] = seccomp
        if memory:
            config["linux"].setdefault("resources", {})["memory"] = {"limit": memory, "swap": memory}
        os.makedirs(f"{self.work}/{name}", exist_ok=True)
        with open(f"{self.work}/{name}/config.json", "w", encoding="utf-8") as f:
            json.dump(config, f)


class Runtime:
    def __init__(self, name, path, bundles, programs):
        self.name, self.bundles, self.programs = name, bundles, programs
        self.path = f"{bundles.work}/bin/{name}"
        os.makedirs(f"{bundles.work}/bin", exist_ok=True)
        settled_copy(path, self.path)
        self.root = f"{bundles.state}/{name}"
        self.made = 0

    def argv(self, *words):
        return [self.path, "--root", self.root, *words]

    def timed(self, *words):
        return self.programs.timed(self.argv(*words))

    def bundle(self, name):
        return ("-b", f"{self.bundles.work}/{name}")

    def id(self):
        self.made += 1
        return f"b{os.getpid()}-{self.name}-{self.made}-{time.monotonic_ns()}"

    def run(self, bundle):
        return self.timed("run", *self.bundle(bundle), self.id())

    def create(self):
        ident = self.id()
        return ident, self.timed("create", *self.bundle("sleep"), ident)

    def started(self):
        ident, _ = self.create()
        self.timed("start", ident)
        return ident

    def pid(self, ident):
        out = subprocess.run(self.argv("state", ident), check=True, capture_output=True).stdout
        return json.loads(out)["pid"]

    def gone(self, ident):
        self.programs.status(self.argv("delete", "--force", ident))

    def many(self, n, words):
        """Whatever `words` says for an id, for n new ids, by as many workers as there are."""
        def one(_):
            ident = self.id()
            for argv in words(ident):
                self.timed(*argv)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(one, range(n)))

    def running(self, n):
        self.many(n, lambda ident: [("run", "-d", *self.bundle("sleep"), ident)])

    def clear(self):
        """Removes every container of this runtime, running or not."""
        kill_children()
        if os.path.isdir(self.root):
            with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(self.gone, (name for name in os.listdir(self.root) if name[0] != ".")))


class Floor:
    """floor.c takes the part of a runtime where it can."""
    name = "floor"

    def __init__(self, path, bundles, programs):
        self.path, self.bundles, self.programs, self.made = f"{bundles.work}/floor", bundles, programs, 0
        settled_copy(path, self.path)

    def cgroup(self):
        self.made += 1
        return f"{CGROUP}/floor{os.getpid()}-{self.made}"

    def run_argv(self, bundle):
        size = [self.bundles.filter_size] if bundle == "heavy" else []
        return [self.path, "run", self.cgroup(), self.bundles.rootfs, *size, "--", "/bin/true"]

    def run(self, bundle):
        return self.programs.timed(self.run_argv(bundle))

    def timed(self, *words):
        return self.programs.timed([self.path, *words])

    def clear(self):
        kill_children()
        for name in os.listdir(CGROUP):
            if name.startswith(f"floor{os.getpid()}-"):
                os.rmdir(f"{CGROUP}/{name}")


# --- operations: each yields (operation, value) for one round of one runtime -----------------------------------------

def run_def(rt):
    yield "run def", rt.run("def")


def run_heavy(rt):
    yield "run heavy", rt.run("heavy")


def run_idle(rt):
    time.sleep(0.05)
    yield "run def, after 50 ms idle", rt.run("def")


def lifecycle(rt):
    """create, start, state, kill, delete; of the floor what it has of them."""
    if rt.name == "floor":
        yield "create", rt.timed("create", rt.cgroup(), rt.bundles.rootfs)
        yield "state", rt.timed("nothing")
        rt.clear()
        return
    ident, ms = rt.create()
    yield "create", ms
    yield "start", rt.timed("start", ident)
    yield "state", rt.timed("state", ident)
    pid = rt.pid(ident)
    yield "kill", rt.timed("kill", ident, "KILL")
    os.waitpid(pid, 0)                            # it came to us: we are its subreaper
    yield "delete", rt.timed("delete", ident)


def force(rt):
    ident = rt.started()
    yield "delete --force", rt.timed("delete", "--force", ident)
    kill_children()


def execute(rt, floor):
    ident = rt.started()
    for _ in range(3):
        yield "exec", rt.timed("exec", ident, "/bin/true")
    if rt.name == "mcrun":
        for _ in range(3):
            yield "floor:exec", floor.timed("exec", str(rt.pid(ident)), "--", "/bin/true")
    rt.clear()


def memory(rt):
    """What `create` leaves behind has for itself alone, in KB: init, which waits for `start`, and any helper."""
    if rt.name == "floor":
        rt.timed("create", rt.cgroup(), rt.bundles.rootfs)
    else:
        rt.create()
    dirty = 0
    for pid in children():
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            dirty += int(re.search(r"Private_Dirty: +(\d+)", f.read())[1])
    rt.clear()
    yield "private memory, created", dirty


def calls(rt):
    if not shutil.which("strace"):
        return
    out = f"{rt.bundles.work}/strace"
    argv = rt.run_argv("heavy") if rt.name == "floor" else rt.argv("run", *rt.bundle("heavy"), rt.id())
    rt.programs.timed([shutil.which("strace"), "-f", "-c", "-o", out, *argv])
    with open(out, encoding="ascii") as f:
        yield "system calls, run heavy", int(f.read().rstrip().split("\n")[-1].split()[3])


def limit(rt):
    """The smallest memory limit, in KB, that runs /bin/true; where the memory controller is there."""
    with open(f"{CGROUP}/cgroup.controllers", encoding="ascii") as f:
        if "memory" not in f.read().split():
            return
    low, high = 32, 32768
    while high - low > max(4, low // 32):
        middle = (low + high) // 2
        rt.bundles.make("limit", ["/bin/true"], memory=middle * 1024)
        if rt.programs.status(rt.argv("run", *rt.bundle("limit"), rt.id())) == 0:
            high = middle
        else:
            low = middle
        rt.clear()
    yield "smallest memory limit", high


def many(rt, n):
    start = time.perf_counter()
    rt.many(n, lambda ident: [("create", *rt.bundle("sleep"), ident), ("start", ident)])
    yield f"{n} containers by {WORKERS} workers, each", (time.perf_counter() - start) * 1e3 / n
    rt.clear()


def alive(rt, floor, options):
    """What one more container costs while others are there, of the same runtime."""
    for n, before in ((1, 0), (options.alive // 2, 1), (options.alive, options.alive // 2)):
        rt.running(n - before)
        for _ in range(options.rounds):
            yield f"run def, {n} alive", rt.run("def")
            if rt.name == "mcrun":
                yield f"floor:run def, {n} alive", floor.run("def")
    rt.clear()
