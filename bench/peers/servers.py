"""Starts a server of others with a configuration of its own, on one core and a free port, and ends
it by its process id whatever happens."""

import contextlib
import ctypes
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

SYSTEM_PATHS = ":/usr/local/sbin:/usr/sbin:/sbin"  # where daemons are, and not every PATH leads to


class Failed(Exception):
    """A sentence for the person who started the run; the other measurements go on."""


def find_program(name):
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + SYSTEM_PATHS)


def on_core(core):
    """For preexec_fn. The child also ends when this program is killed without a chance to tidy."""
    parent = os.getpid()

    def prepare():
        os.sched_setaffinity(0, {core})
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it was killed before
            os._exit(127)
    return prepare


def start(arguments, core, **options):
    # In a session of its own a Ctrl-C at the terminal reaches only us, who then end it in order.
    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, start_new_session=True,
                            preexec_fn=on_core(core), **options)


def stop(process, first=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(first)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder, kind):
    key = {"p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "ed25519": ["ed25519"]}[kind]
    made = subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-newkey", *key, "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        capture_output=True, text=True)
    if made.returncode != 0:
        raise Failed(f"openssl cannot make a certificate: {made.stderr.strip()}")


def nats_configuration(folder, port):
    return f"""listen: "127.0.0.1:{port}"
tls {{ cert_file: "{folder}/certificate.pem", key_file: "{folder}/key.pem", timeout: 60 }}
max_connections: 65536
"""


def mosquitto_configuration(folder, port):
    return f"""listener {port} 127.0.0.1
certfile {folder}/certificate.pem
keyfile {folder}/key.pem
allow_anonymous true
persistence false
user {pwd.getpwuid(os.getuid()).pw_name}
log_dest stderr
log_type error
log_type warning
connection_messages false
sys_interval 0
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
"""


def nginx_configuration(folder, port):
    user = "user root;\n" if os.getuid() == 0 else ""
    temporary = "".join(f"  {kind}_temp_path {folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"""{user}daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
{temporary}  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_session_cache off;
    ssl_session_tickets off;
  }}
}}
"""


class Program:
    """One of the servers, installed or not."""

    def __init__(self, name, package, configuration, version_arguments, arguments):
        self.name = name
        self.package = package
        self.path = find_program(name)
        self._configuration = configuration
        self._version_arguments = version_arguments
        self._arguments = arguments

    def version(self):
        said = subprocess.run([self.path, *self._version_arguments], capture_output=True, text=True)
        first = (said.stdout + said.stderr).splitlines()[0]
        return self.name + " " + first.replace("nginx/", "").split()[-1].lstrip("v")

    @contextlib.contextmanager
    def running(self, folder, core, certificate):
        """Yields a Server that accepts connections."""
        folder = pathlib.Path(folder)
        make_certificate(folder, certificate)
        port = free_port()
        file = folder / "configuration"
        file.write_text(self._configuration(folder, port))
        arguments = [argument.format(file=file, folder=folder) for argument in self._arguments]
        with open(folder / "log", "wb") as log:
            process = start([self.path, *arguments], core, stdout=log, stderr=log, cwd=folder,
                            env={**os.environ, "GOMAXPROCS": "1"})
        try:
            server = Server(self.name, process, port, folder)
            server.await_port()
            yield server
        finally:
            stop(process)


class Server:
    def __init__(self, name, process, port, folder):
        self.name = name
        self._process = process
        self._folder = folder
        self.address = f"127.0.0.1:{port}"
        self.certificate = folder / "certificate.pem"

    def await_port(self):
        host, port = self.address.split(":")
        for _ in range(200):
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection((host, int(port)), 1).close()
                return
            time.sleep(0.05)
        lines = (self._folder / "log").read_text(errors="replace").strip().splitlines()
        raise Failed(f"{self.name} does not start: {lines[-1] if lines else 'it says nothing'}")

    def pids(self):
        """Its own and its workers'."""
        pid = self._process.pid
        workers = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return ",".join([str(pid), *workers])


NATS = Program("nats-server", "nats-server", nats_configuration, ["--version"], ["-c", "{file}"])
MOSQUITTO = Program("mosquitto", "mosquitto", mosquitto_configuration, ["-h"], ["-c", "{file}"])
NGINX = Program("nginx", "nginx-light", nginx_configuration, ["-v"],
                ["-p", "{folder}", "-c", "{file}", "-e", "stderr"])
