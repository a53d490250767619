#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the kubelet is to a container engine: a client of the Container Runtime Interface.

cri.py serve SOCKET PATH                stays, and answers at PATH those who call with the forms below: what one client
                                        costs in time is then paid once
cri.py PATH METHOD [JSON]               calls it and prints the answer as JSON; field names as in the interface
cri.py PATH exec ID COMMAND...          ExecSync: output, errors and status are the command's
cri.py PATH probes N JOBS ID COMMAND... that many of them, JOBS at once; says how many came to which status
cri.py PATH pods                        the ids of all pods, one a line
cri.py PATH remove ID...                stops and removes pods

A refused call ends with status 125 and the code and the words of the engine on stderr.
Packages: python3-grpcio python3-protobuf.
"""
import collections
import concurrent.futures
import json
import socket
import socketserver
import sys

if sys.argv[1:2] == ["serve"]:  # takes seconds in an emulated machine
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# The part of the interface, version v1, that is needed here: of each message the fields by number, name and type.
# A type is a message of this table, or of TYPES; `*` says that there may be many; `map` is one of strings.
MESSAGES = {
    "VersionRequest": "", "VersionResponse": "2 runtime_name, 3 runtime_version",
    "StatusRequest": "", "StatusResponse": "1 status RuntimeStatus",
    "RuntimeStatus": "1 conditions Condition*", "Condition": "1 type, 2 status bool, 3 reason, 4 message",
    "Int": "1 value int",
    "Profile": "1 profile_type enum, 2 localhost_ref",
    "NamespaceOption": "1 network enum, 2 pid enum, 3 ipc enum, 4 target_id",
    "Resources": "1 cpu_period int, 2 cpu_quota int, 3 cpu_shares int, 4 memory_limit_in_bytes int, "
                 "5 oom_score_adj int, 6 cpuset_cpus, 7 cpuset_mems, 9 unified map, 10 memory_swap_limit_in_bytes int",

    "Sandbox": "1 metadata SandboxMetadata, 2 hostname, 3 log_directory, 6 labels map, 7 annotations map, "
               "8 linux SandboxLinux",
    "SandboxMetadata": "1 name, 2 uid, 3 namespace",
    "SandboxLinux": "1 cgroup_parent, 2 security_context SandboxSecurity, 3 sysctls map, 5 resources Resources",
    "SandboxSecurity": "1 namespace_options NamespaceOption, 3 run_as_user Int, 4 readonly_rootfs bool, "
                       "6 privileged bool, 9 seccomp Profile",
    "RunPodSandboxRequest": "1 config Sandbox, 2 runtime_handler", "RunPodSandboxResponse": "1 pod_sandbox_id",
    "StopPodSandboxRequest": "1 pod_sandbox_id", "StopPodSandboxResponse": "",
    "RemovePodSandboxRequest": "1 pod_sandbox_id", "RemovePodSandboxResponse": "",
    "PodSandboxStatusRequest": "1 pod_sandbox_id, 2 verbose bool",
    "PodSandboxStatusResponse": "1 status SandboxStatus, 2 info map",
    "SandboxStatus": "1 id, 2 metadata SandboxMetadata, 3 state enum, 5 network SandboxNetwork, 9 runtime_handler",
    "SandboxNetwork": "1 ip",
    "ListPodSandboxRequest": "", "ListPodSandboxResponse": "1 items SandboxItem*",
    "SandboxItem": "1 id, 2 metadata SandboxMetadata, 3 state enum",

    "Container": "1 metadata ContainerMetadata, 2 image Image, 3 command *, 4 args *, 5 working_dir, 6 envs KeyValue*, "
                 "7 mounts Mount*, 9 labels map, 10 annotations map, 11 log_path, 14 tty bool, 15 linux ContainerLinux",
    "ContainerMetadata": "1 name, 2 attempt uint", "Image": "1 image", "KeyValue": "1 key, 2 value",
    "Mount": "1 container_path, 2 host_path, 3 readonly bool, 5 propagation enum",
    "ContainerLinux": "1 resources Resources, 2 security_context ContainerSecurity",
    "ContainerSecurity": "1 capabilities Capabilities, 2 privileged bool, 3 namespace_options NamespaceOption, "
                         "5 run_as_user Int, 7 readonly_rootfs bool, 8 supplemental_groups int*, 11 no_new_privs bool, "
                         "12 run_as_group Int, 13 masked_paths *, 14 readonly_paths *, 15 seccomp Profile",
    "Capabilities": "1 add_capabilities *, 2 drop_capabilities *",
    "CreateContainerRequest": "1 pod_sandbox_id, 2 config Container, 3 sandbox_config Sandbox",
    "CreateContainerResponse": "1 container_id",
    "StartContainerRequest": "1 container_id", "StartContainerResponse": "",
    "StopContainerRequest": "1 container_id, 2 timeout int", "StopContainerResponse": "",
    "RemoveContainerRequest": "1 container_id", "RemoveContainerResponse": "",
    "ContainerStatusRequest": "1 container_id, 2 verbose bool",
    "ContainerStatusResponse": "1 status ContainerStatus, 2 info map",
    "ContainerStatus": "1 id, 2 metadata ContainerMetadata, 3 state enum, 7 exit_code int32, 10 reason, 11 message",
    "UpdateContainerResourcesRequest": "1 container_id, 2 linux Resources", "UpdateContainerResourcesResponse": "",
    "ExecSyncRequest": "1 container_id, 2 cmd *, 3 timeout int",
    "ExecSyncResponse": "1 stdout bytes, 2 stderr bytes, 3 exit_code int32",
    "ContainerStatsRequest": "1 container_id", "ContainerStatsResponse": "1 stats ContainerStats",
    "ContainerStats": "2 cpu Cpu, 3 memory Memory", "Cpu": "2 usage_core_nano_seconds UInt",
    "Memory": "2 working_set_bytes UInt", "UInt": "1 value uint64",
}
TYPES = {  # by their names in descriptors; an enum goes by its number, which is the same on the wire
    "": "STRING", "bool": "BOOL", "int": "INT64", "int32": "INT32", "uint": "UINT32", "uint64": "UINT64", "bytes": "BYTES",
    "enum": "INT32",
}
PACKAGE = "runtime.v1"


def add_field(message, number, name, kind=""):
    word = descriptor_pb2.FieldDescriptorProto.Type.Value
    many = kind.endswith("*") or kind == "map"
    field = message.field.add(name=name, number=int(number), label=3 if many else 1)  # repeated, optional
    if kind == "map":
        entry = message.nested_type.add(name=name.title().replace("_", "") + "Entry")
        entry.options.map_entry = True
        add_field(entry, 1, "key")
        add_field(entry, 2, "value")
        kind = f"{message.name}.{entry.name}"
    kind = kind.rstrip("*")
    field.type = word("TYPE_" + TYPES.get(kind, "MESSAGE"))
    if kind not in TYPES:
        field.type_name = f".{PACKAGE}.{kind}"


def message_classes():
    """The messages of the table, as classes by their names."""
    file = descriptor_pb2.FileDescriptorProto(name="cri", package=PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for words in filter(None, fields.split(", ")):
            add_field(message, *words.split())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


class Client:
    def __init__(self, socket):
        self.classes = message_classes()
        self.channel = grpc.insecure_channel(f"unix://{socket}", options=[("grpc.enable_http_proxy", 0)])

    def call(self, method, request):
        call = self.channel.unary_unary(
            f"/{PACKAGE}.RuntimeService/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.classes[method + "Response"].FromString)
        return call(json_format.ParseDict(request, self.classes[method + "Request"]()))

    def exec(self, container, command):
        return self.call("ExecSync", {"container_id": container, "cmd": list(command)})

    def probe(self, container, command):
        """What became of one, in a word."""
        try:
            return f"status {self.exec(container, command).exit_code}"
        except grpc.RpcError as error:
            return f"{error.code().name} {error.details()}"

    def pods(self):
        return [pod.id for pod in self.call("ListPodSandbox", {}).items]

    def answer(self, method, *rest):
        """Status, output and errors of what the command line asked for."""
        if method == "exec":
            done = self.exec(rest[0], rest[1:])
            return done.exit_code, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        if method == "probes":
            number, jobs, container, command = int(rest[0]), int(rest[1]), rest[2], rest[3:]
            with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
                became = collections.Counter(pool.map(lambda _: self.probe(container, command), range(number)))
            return 0, "".join(f"{times} {what}\n" for what, times in sorted(became.items())), ""
        if method == "pods":
            return 0, "".join(pod + "\n" for pod in self.pods()), ""
        if method == "remove":
            for pod in rest:
                self.call("StopPodSandbox", {"pod_sandbox_id": pod})
                self.call("RemovePodSandbox", {"pod_sandbox_id": pod})
            return 0, "", ""
        answer = self.call(method, json.loads(rest[0]) if rest else {})
        return 0, json_format.MessageToJson(answer, including_default_value_fields=True,
                                            preserving_proto_field_name=True) + "\n", ""


def serve(engine, path):
    client = Client(engine)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            try:
                answer = client.answer(*json.loads(self.rfile.readline()))
            except grpc.RpcError as refused:
                answer = 125, "", f"{refused.code().name}: {refused.details()}\n"
            except Exception as error:  # a caller's mistake must not be a silence
                answer = 124, "", f"{type(error).__name__}: {error}\n"
            self.wfile.write(json.dumps(answer).encode())

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
        request_queue_size = 64

    Server(path, Handler).serve_forever()


def ask(path, words):
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        server.sendall(json.dumps(words).encode() + b"\n")
        status, out, err = json.load(server.makefile())
    sys.stdout.write(out)
    sys.stderr.write(err)
    return status


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(serve(*sys.argv[2:]) if sys.argv[1] == "serve" else ask(sys.argv[1], sys.argv[2:]))
