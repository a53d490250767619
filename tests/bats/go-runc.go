// SPDX-License-Identifier: Apache-2.0

// A container's life through go-runc, the library by which containerd's shim calls a runtime and reads what it says.
//
//	go-runc RUNTIME ROOT BUNDLE ID
//
// The container sleeps; its annotations are {"a": "b"}. Ends with 1 and one line at the first answer that is wrong.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	runc "github.com/containerd/go-runc"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func fatal(what string, more ...interface{}) {
	fmt.Println(append([]interface{}{what + ":"}, more...)...)
	os.Exit(1)
}

func must(what string, err error) {
	if err != nil {
		fatal(what, err)
	}
}

// Closed by whoever has started something with it.
func nothing() runc.IO {
	io, err := runc.NewNullIO()
	must("null io", err)
	return io
}

// The pid in a file, as the shim reads it: digits and nothing else.
func pidOf(file string) int {
	data, err := os.ReadFile(file)
	must("pid file", err)
	pid, err := strconv.Atoi(string(data))
	must("pid file", err)
	return pid
}

func statusIs(r *runc.Runc, id, want string) *runc.Container {
	c, err := r.State(context.Background(), id)
	must("state", err)
	if c.Status != want {
		fatal("status", c.Status, "and not", want)
	}
	return c
}

func awaitStopped(r *runc.Runc, id string) {
	for i := 0; i < 500; i++ {
		c, err := r.State(context.Background(), id)
		must("state", err)
		if c.Status == "stopped" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	fatal("status", "never stopped")
}

func checkState(c *runc.Container, id, bundle string, pid int) {
	if c.ID != id || c.Bundle != bundle || c.Pid != pid || c.Rootfs == "" || c.Annotations["a"] != "b" {
		fatal("state", *c)
	}
	if d := time.Since(c.Created); d < 0 || d > time.Minute {
		fatal("created", c.Created)
	}
}

func checkProcesses(ctx context.Context, r *runc.Runc, id string, want ...int) {
	pids, err := r.Ps(ctx, id)
	must("ps", err)
	if len(pids) != len(want) {
		fatal("ps", pids, "and not", want)
	}
	top, err := r.Top(ctx, id, "-ef")
	must("top", err)
	if len(top.Processes) != len(want) || strings.Join(top.Headers[:3], " ") != "UID PID PPID" {
		fatal("top", *top)
	}
}

func checkStats(ctx context.Context, r *runc.Runc, id string) {
	stats, err := r.Stats(ctx, id)
	// The library waits for the runtime while it reads from it, and closes what it reads from when the runtime has
	// ended: of one that is faster than the reader's start it has read nothing then.
	for tries := 0; errors.Is(err, os.ErrClosed) && tries < 20; tries++ {
		stats, err = r.Stats(ctx, id)
	}
	must("events --stats", err)
	if stats.Cpu.Usage.Total == 0 {
		fatal("events --stats", *stats)
	}
	events, err := r.Events(ctx, id, time.Second)
	must("events", err)
	for i := 0; i < 2; i++ {
		e := <-events
		if e == nil || e.Err != nil || e.Type != "stats" || e.ID != id || e.Stats == nil {
			fatal("events", e)
		}
	}
}

// The log as the shim decodes it: objects one behind the other, each with a time; and no member but these three.
func checkLog(file string, want ...string) {
	log, err := os.Open(file)
	must("log", err)
	defer log.Close()
	decoder := json.NewDecoder(log)
	decoder.DisallowUnknownFields()
	for i := 0; ; i++ {
		var line struct {
			Level, Msg string
			Time       time.Time
		}
		err := decoder.Decode(&line)
		if err == io.EOF && i == len(want) {
			return
		}
		must("log", err)
		if d := time.Since(line.Time); i >= len(want) || line.Level != "error" || !strings.Contains(line.Msg, want[i]) || d < 0 || d > time.Minute {
			fatal("log", i, line)
		}
	}
}

func main() {
	runtime, root, bundle, id := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	rootless := false
	r := &runc.Runc{Command: runtime, Root: root, Log: filepath.Join(bundle, "log.json"), LogFormat: runc.JSON,
		PdeathSignal: syscall.SIGKILL, Rootless: &rootless}

	pidFile := filepath.Join(bundle, "init.pid")
	must("create", r.Create(ctx, id, bundle, &runc.CreateOpts{IO: nothing(), PidFile: pidFile, NoNewKeyring: true}))
	pid := pidOf(pidFile)
	checkState(statusIs(r, id, "created"), id, bundle, pid)
	must("start", r.Start(ctx, id))
	checkState(statusIs(r, id, "running"), id, bundle, pid)

	list, err := r.List(ctx)
	must("list", err)
	if len(list) != 1 {
		fatal("list", list)
	}
	checkState(list[0], id, bundle, pid)

	one := specs.Process{Args: []string{"sleep", "1000"}, Cwd: "/", Env: []string{"PATH=/bin", "MCRUN_TEST_ID=" + id}}
	onePid := filepath.Join(bundle, "one.pid")
	must("exec", r.Exec(ctx, id, one, &runc.ExecOpts{IO: nothing(), PidFile: onePid, Detach: true}))
	checkProcesses(ctx, r, id, pid, pidOf(onePid))
	one.Args = []string{"no-such-program"}
	err = r.Exec(ctx, id, one, &runc.ExecOpts{IO: nothing(), PidFile: onePid + ".2", Detach: true})
	if err == nil {
		fatal("exec", "of no program succeeded")
	}
	if _, err := os.Stat(onePid + ".2"); err == nil {
		fatal("exec", "of no program has left a pid file")
	}
	checkStats(ctx, r, id)

	must("pause", r.Pause(ctx, id))
	statusIs(r, id, "paused")
	must("resume", r.Resume(ctx, id))
	must("update", r.Update(ctx, id, &specs.LinuxResources{
		HugepageLimits: []specs.LinuxHugepageLimit{{Pagesize: "2MB", Limit: 4194304}}}))
	must("kill", r.Kill(ctx, id, int(syscall.SIGKILL), &runc.KillOpts{All: true}))
	awaitStopped(r, id)
	err = r.Kill(ctx, id, int(syscall.SIGTERM), nil)
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "container not running") {
		fatal("kill of a stopped container", err)
	}
	must("delete", r.Delete(ctx, id, nil))
	must("delete --force", r.Delete(ctx, id, &runc.DeleteOpts{Force: true}))
	if _, err := r.State(ctx, id); err == nil || !strings.Contains(err.Error(), "does not exist") {
		fatal("state of what is gone", err)
	}
	checkLog(r.Log, "no-such-program", "container not running", "does not exist")
}
