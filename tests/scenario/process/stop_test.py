"""SIGTERM under load, SIGHUP, and two processes under one roof."""

import http.client
import os
import queue
import signal
import threading
import time
import unittest

from assayd_process import Sender, Site, patient


class StopTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.remove)

    def test_a_stop_under_load_is_announced_and_loses_nothing(self):
        daemon = self.site.start()
        progress = queue.Queue()
        senders = [Sender(daemon, progress) for _ in range(3)]
        for sender in senders:
            sender.start()
        for _ in range(20):
            progress.get(timeout=60)
        seen = []
        watcher = threading.Thread(target=self.watch_readiness, args=(daemon, seen), daemon=True)
        watcher.start()
        patient(lambda: 200 in seen, "ready")
        began = time.monotonic()
        self.assertEqual(daemon.stop(), 0, daemon.rest())
        self.assertLess(time.monotonic() - began, 10)
        watcher.join(timeout=60)
        self.assertIn(503, seen, "readiness goes first")
        self.assertNotIn(200, seen[seen.index(503) :])

        after = self.site.start()
        times = after.event_ids()
        for sender in senders:
            sender.join(timeout=60)
            for one in sender.promised:
                if one["type"] == "io.assayd.audit.recorded.v1":
                    self.assertEqual(times.get(one["id"]), 1)
        self.assertEqual(after.stop(), 0)

    @staticmethod
    def watch_readiness(daemon, seen):
        while True:
            try:
                seen.append(daemon.ask("GET", "/readyz", role=None)[0].status)
            except (OSError, http.client.HTTPException):
                return

    def test_a_reload_of_a_broken_file_changes_nothing(self):
        daemon = self.site.start()
        self.site.write(self.site.text + "logg: {level: debug}\n")
        daemon.process.send_signal(signal.SIGHUP)
        line = daemon.wait_for_line("the configuration stays as it was")
        self.assertIn("one mistake", line)
        self.assertIn("did you mean 'log'", "".join(daemon.talk))
        self.assertEqual(daemon.ask("GET", "/readyz")[0].status, 200)
        self.assertEqual(len(daemon.get("/api/v1/tenants")["items"]), 1)

        second = "4f1c0d2e-0000-4000-8000-0123456789ab"
        self.site.write(self.site.text + f"  - {{alias: fabrikam, tenant_id: {second}}}\n")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_line("configuration read again")
        self.assertEqual(len(daemon.get("/api/v1/tenants")["items"]), 2)
        self.assertEqual(daemon.stop(), 0)

    def test_a_killed_connector_is_started_again(self):
        secret = self.site.folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text("secret")
        nowhere = "http://127.0.0.1:1"
        self.site.write(
            self.site.text.replace(
                "alias: contoso,",
                f"alias: contoso, cloud: {{authority: '{nowhere}', graph: '{nowhere}'}}, "
                f"credential: {{client_id: app, client_secret_file: {secret}}},",
            )
        )
        daemon = self.site.start("run")
        first = daemon.wait_for_line("connect process started")
        os.kill(int(first.split("pid=")[1]), signal.SIGKILL)
        self.assertIn("signal=9", daemon.wait_for_line("connect process ended"))
        again = daemon.wait_for_line("connect process started")
        self.assertNotEqual(first.split("pid=")[1], again.split("pid=")[1])
        metrics = daemon.ask("GET", "/metrics")[1]
        self.assertIn("assayd_connect_restarts_total 1", metrics)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
