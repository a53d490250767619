// SPDX-License-Identifier: Apache-2.0

// What a runtime says of its features, as a caller reads it: asked for, and decoded into the types of runc's library.
//
//	features RUNTIME
//
// No program of Debian 12 asks a runtime for its features, and its library of the specification has no types for them;
// runc's has. They are of runc 1.1; what the specification has got since is added here, so that a member that is of
// neither is an error.
// Ends with 1 and one line at the first answer that is wrong.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"github.com/opencontainers/runc/types/features"
)

type enabled struct {
	Enabled *bool `json:"enabled"`
}

type linuxNow struct {
	features.Linux
	Cgroup *struct {
		features.Cgroup
		Rdma *bool `json:"rdma"`
	} `json:"cgroup"`
	Seccomp *struct {
		features.Seccomp
		KnownFlags     []string `json:"knownFlags"`
		SupportedFlags []string `json:"supportedFlags"`
	} `json:"seccomp"`
	MemoryPolicy *struct {
		Modes []string `json:"modes"`
		Flags []string `json:"flags"`
	} `json:"memoryPolicy"`
	IntelRdt *struct {
		Enabled    *bool `json:"enabled"`
		Schemata   *bool `json:"schemata"`
		Monitoring *bool `json:"monitoring"`
	} `json:"intelRdt"`
	MountExtensions *struct {
		IDMap *enabled `json:"idmap"`
	} `json:"mountExtensions"`
	NetDevices *enabled `json:"netDevices"`
}

type featuresNow struct {
	features.Features
	Linux                              *linuxNow `json:"linux"`
	PotentiallyUnsafeConfigAnnotations []string  `json:"potentiallyUnsafeConfigAnnotations"`
}

func fatal(what string, more ...interface{}) {
	fmt.Println(append([]interface{}{what + ":"}, more...)...)
	os.Exit(1)
}

// A member that is absent, or null, is no answer.
func is(what string, got *bool, want bool) {
	if got == nil || *got != want {
		fatal(what, "is not", want)
	}
}

func has(what string, list []string, words ...string) {
	at := map[string]int{}
	for _, word := range list {
		at[word]++
	}
	for _, word := range words {
		if at[word] != 1 {
			fatal(what, word, "is there", at[word], "times")
		}
	}
}

// With the types as the library has them, which pass over what they do not know.
func checkLibrary(text []byte) {
	var f features.Features
	if err := json.Unmarshal(text, &f); err != nil {
		fatal("runc's types", err)
	}
	if f.OCIVersionMin != "1.0.0" || f.OCIVersionMax < "1.2.0" {
		fatal("versions", f.OCIVersionMin, f.OCIVersionMax)
	}
	has("hooks", f.Hooks, "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
	has("mountOptions", f.MountOptions, "bind", "rro", "idmap", "tmpcopyup")
	has("namespaces", f.Linux.Namespaces, "user", "time")
	has("capabilities", f.Linux.Capabilities, "CAP_CHOWN", "CAP_CHECKPOINT_RESTORE")
	is("cgroup v1", f.Linux.Cgroup.V1, false)
	is("cgroup v2", f.Linux.Cgroup.V2, true)
	if f.Linux.Cgroup.Systemd == nil || f.Linux.Cgroup.SystemdUser == nil {
		fatal("cgroup", "systemd is not said")
	}
	is("seccomp", f.Linux.Seccomp.Enabled, true)
	has("actions", f.Linux.Seccomp.Actions, "SCMP_ACT_NOTIFY")
	has("operators", f.Linux.Seccomp.Operators, "SCMP_CMP_MASKED_EQ")
	if name, known := map[string]string{"amd64": "X86_64", "arm64": "AARCH64"}[runtime.GOARCH]; known {
		has("archs", f.Linux.Seccomp.Archs, "SCMP_ARCH_"+name)
	}
	is("apparmor", f.Linux.Apparmor.Enabled, true)
	is("selinux", f.Linux.Selinux.Enabled, true)
	checkpoint, err := strconv.ParseBool(f.Annotations[features.AnnotationRuncCheckpointEnabled])
	if err != nil || !checkpoint || f.Annotations[features.AnnotationLibseccompVersion] == "" {
		fatal("annotations", f.Annotations)
	}
}

func checkNow(text []byte) {
	var f featuresNow
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		fatal("the specification's members", err)
	}
	is("rdma", f.Linux.Cgroup.Rdma, true)
	has("knownFlags", f.Linux.Seccomp.KnownFlags, f.Linux.Seccomp.SupportedFlags...)
	has("supportedFlags", f.Linux.Seccomp.SupportedFlags, "SECCOMP_FILTER_FLAG_LOG")
	has("memoryPolicy modes", f.Linux.MemoryPolicy.Modes, "MPOL_BIND")
	has("memoryPolicy flags", f.Linux.MemoryPolicy.Flags, "MPOL_F_STATIC_NODES")
	is("intelRdt", f.Linux.IntelRdt.Enabled, true)
	is("intelRdt schemata", f.Linux.IntelRdt.Schemata, true)
	is("intelRdt monitoring", f.Linux.IntelRdt.Monitoring, true)
	is("idmap", f.Linux.MountExtensions.IDMap.Enabled, true)
	is("netDevices", f.Linux.NetDevices.Enabled, true)
	has("unsafe annotations", f.PotentiallyUnsafeConfigAnnotations, "org.criu.config", "org.systemd.property.")
}

func main() {
	text, err := exec.Command(os.Args[1], "features").Output()
	if err != nil {
		fatal("features", err)
	}
	checkLibrary(text)
	checkNow(text)
}
