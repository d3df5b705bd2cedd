"""The daemons that the browser tests look at."""

import json
import os
import pathlib
import queue
import re
import subprocess
import threading
import urllib.request

PATIENCE = 60


def ask(url, method="GET", body=None):
    """The JSON at an address."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Daemon:
    """`assayd` with arguments, until the end of the block; `url` is what it said it listens on."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.errors = []
        self.readers = [threading.Thread(target=self._read, daemon=True),
                        threading.Thread(target=self._read_errors, daemon=True)]
        for reader in self.readers:
            reader.start()
        self.url = None

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)

    def wait_for(self, pattern):
        """What the pattern's group matched, in a line still to come."""
        while True:
            line = self.lines.get(timeout=PATIENCE)
            if line is None:
                raise RuntimeError("the daemon ended: " + "".join(self.errors))
            found = re.search(pattern, line)
            if found:
                return found.group(1) if found.groups() else line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for reader in self.readers:
            reader.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()


class Demo(Daemon):
    """The demo with its history imported, in which nothing happens by itself."""

    def __init__(self, program, listen="127.0.0.1:0"):
        super().__init__(program, "demo", "--pace", "3600", "--listen", listen, "--simulator-listen", "127.0.0.1:0")
        self.simulator = self.wait_for(r"simulated tenant url=(\S+)") + "/_simulator/v1"
        self.url = self.wait_for(r"listening url=(\S+)")
        self.wait_for(r"^Open ")

    def scenario(self, name, enabled, actor):
        ask(f"{self.simulator}/scenarios/{name}", "POST",
            {"enabled": enabled, "actor": {"user_principal_name": f"{actor}@contoso.onmicrosoft.com"}})

    def disable_policy(self, name, renamed):
        """Gives a policy another name and takes it out of force."""
        setting = f"{self.simulator}/settings/graph/conditionalAccessPolicies"
        policies = ask(setting)["value"]
        for policy in policies:
            if policy["displayName"] == name:
                policy.update(displayName=renamed, state="disabled")
        ask(setting, "PUT", {"value": policies})

    def score(self):
        return ask(f"{self.url}/api/v1/tenants/contoso/score")


class Guarded(Daemon):
    """A daemon with a token file and two tenants of which nothing was read yet."""

    def __init__(self, program, folder):
        folder = pathlib.Path(folder)
        tokens = folder / "tokens"
        self.token = self._token(program, "auditor", "reader", tokens)
        self.useless = self._token(program, "sender", "ingest", tokens)
        self.administrator = self._token(program, "keeper", "administrator", tokens)
        configuration = folder / "assayd.yaml"
        configuration.write_text(
            f"server: {{token_file: {tokens}}}\n"
            "tenants:\n"
            "  - {alias: contoso, tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab}\n"
            "  - {alias: fabrikam, tenant_id: 5a2b7c90-0000-4000-8000-0123456789ab}\n")
        super().__init__(program, "serve", "--config", str(configuration), "--data", str(folder / "data"),
                         "--listen", "127.0.0.1:0")
        self.url = self.wait_for(r"listening url=(\S+)")

    def send(self, signal):
        """A signal as a connector sends it."""
        request = urllib.request.Request(f"{self.url}/api/v1/signals", data=json.dumps(signal).encode(), headers={
            "Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {self.useless}"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    @staticmethod
    def _token(program, name, role, tokens):
        made = subprocess.run([program, "token", "create", name, "--role", role, "--append", str(tokens)],
                              check=True, capture_output=True, text=True, env={**os.environ, "ASSAYD_TOKEN": ""})
        return re.search(r"assayd_\S+", made.stdout).group(0)
