"""Drives the built program from outside: starts it on a free port, reads its lines, talks HTTP to it."""

import http.client
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path

ASSAYD = os.environ["ASSAYD_BINARY"]
CATALOGUE = os.environ["ASSAYD_CATALOGUE"]
TENANT = "3f1c0d2e-0000-4000-8000-0123456789ab"
PATIENCE = 60.0


class Site:
    """A folder with a configuration, tokens and data, for one daemon after another."""

    def __init__(self, more=""):
        self.folder = Path(tempfile.mkdtemp(prefix="assayd-process-"))
        self.data = self.folder / "data"
        self.config = self.folder / "assayd.yaml"
        tokens = self.folder / "tokens"
        self.tokens = {}
        for role in ("administrator", "ingest"):
            made = run("token", "create", role, "--role", role, "--append", str(tokens))
            assert made.returncode == 0, made.stderr
            self.tokens[role] = made.stdout.strip()
        secret = self.folder / "client-secret"
        secret.write_text("secret")
        secret.chmod(0o600)
        self.text = (
            f"server: {{token_file: {tokens}}}\n"
            f"catalogue: {{paths: ['{CATALOGUE}']}}\n"
            f"tenant_defaults: {{credential: {{client_id: app, client_secret_file: {secret}}}}}\n"
            f"tenants:\n  - {{alias: contoso, tenant_id: {TENANT}}}\n" + more
        )
        self.write(self.text)

    def write(self, text):
        self.config.write_text(text)

    def arguments(self, command, *more, data=None):
        return [command, "--config", str(self.config), "--data", data or str(self.data), *more]

    def run(self, command, *more):
        return run(*self.arguments(command, *more))

    def start(self, command="serve"):
        return Daemon(self, command)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def run(*arguments):
    return subprocess.run(
        [ASSAYD, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


class Daemon:
    """A running daemon. Its standard error is kept line by line, and can be waited on."""

    def __init__(self, site, command, data=None, folder=None):
        self.site = site
        self.process = subprocess.Popen(
            [ASSAYD, *site.arguments(command, "--listen", "127.0.0.1:0", data=data)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines = queue.Queue()
        self.talk = []
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()
        line = self.process.stdout.readline()
        assert line.startswith("listening url=http://"), (line, self.rest())
        self.port = int(line.strip().rsplit(":", 1)[1])

    def _listen(self):
        for line in self.process.stderr:
            self.talk.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def wait_for_line(self, text):
        while True:
            line = self.lines.get(timeout=PATIENCE)
            assert line is not None, f"the daemon ended without '{text}':\n" + "".join(self.talk)
            if text in line:
                return line

    def rest(self):
        self._end()
        return "".join(self.talk)

    def _end(self):
        status = self.process.wait(timeout=PATIENCE)
        self.listening.join(timeout=PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, method, path, role="administrator", body=None, headers=None, connection=None):
        once = connection is None
        connection = connection or self.connect()
        given = {"Authorization": "Bearer " + self.site.tokens[role]} if role else {}
        connection.request(method, path, body=body, headers=given | (headers or {}))
        answer = connection.getresponse()
        text = answer.read().decode()
        if once:
            connection.close()
        return answer, text

    def get(self, path):
        answer, body = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, body)
        return json.loads(body)

    def send(self, signals, connection=None):
        """The answer to a batch of signals."""
        answer, body = self.ask(
            "POST",
            "/api/v1/signals",
            role="ingest",
            body=json.dumps(signals),
            headers={"Content-Type": "application/cloudevents-batch+json"},
            connection=connection,
        )
        return answer.status, json.loads(body) if body else {}

    def event_ids(self):
        """How often each input stands in the tenant's log."""
        times, path = {}, f"/api/v1/tenants/{TENANT}/events?limit=1000"
        page = self.get(path)
        while True:
            for event in page["items"]:
                if event["type"] in ("audit.recorded", "setting.changed"):
                    times[event["id"]] = times.get(event["id"], 0) + 1
            if page["next"] is None:
                return times
            page = self.get(path + "&after=" + page["next"])

    def kill(self):
        self.process.kill()
        self._end()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self._end()


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def envelope(source, kind, subject, data):
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/tenants/{TENANT}/sources/{source}",
        "type": f"io.assayd.{kind}.v1",
        "subject": subject,
        "time": now(),
        "partitionkey": TENANT,
        "data": data,
    }


def audit():
    return envelope(
        "directory-audits",
        "audit.recorded",
        "graph/directoryAudits",
        {
            "id": "audit-" + str(uuid.uuid4()),
            "activityDateTime": now(),
            "activityDisplayName": "Update conditional access policy",
        },
    )


def rights_management(enabled):
    return envelope(
        "irm-configuration",
        "setting.observed",
        "exchange/irmConfiguration",
        {"value": {"AzureRMSLicensingEnabled": enabled}, "read_started": now(), "pages": 1},
    )


def policies(name, state):
    """One policy that asks everybody for multifactor authentication, or would."""
    users = {f"{way}{what}": [] for way in ("include", "exclude") for what in ("Users", "Groups", "Roles")}
    policy = {
        "id": "p1",
        "displayName": name,
        "state": state,
        "conditions": {
            "clientAppTypes": ["all"],
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "users": users | {"includeUsers": ["All"]},
            "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"], "customAuthenticationFactors": [], "termsOfUse": []},
    }
    return envelope(
        "conditional-access",
        "setting.observed",
        "graph/conditionalAccessPolicies",
        {"value": [policy], "read_started": now(), "pages": 1},
    )


class Sender(threading.Thread):
    """Sends batches until the daemon is gone or `stop` is set; knows what was promised and what is open."""

    def __init__(self, daemon, progress):
        super().__init__(daemon=True)
        self.target = daemon
        self.progress = progress
        self.promised = []
        self.open = []
        self.refused = []
        self.stop = threading.Event()

    def run(self):
        connection = self.target.connect()
        flag = False
        while not self.stop.is_set():
            batch = [audit() for _ in range(4)] + [rights_management(flag)]
            flag = not flag
            self.open.extend(batch)
            try:
                status, answer = self.target.send(batch, connection)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                connection.close()
                return
            if status == 200:
                assert not answer["quarantined"], answer
                self.promised.extend(batch)
                self.progress.put(len(batch))
            else:
                self.refused.append((status, answer))
                if status != 503:
                    return
            del self.open[: len(batch)]


def patient(condition, what):
    """Asks until it is so; each asking is a request that takes its time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
    raise AssertionError("never " + what)
