"""kill -9 while signals flow: what was acknowledged is there once, and the log proves it."""

import json
import os
import queue
import random
import unittest

from assayd_process import Sender, Site

ROUNDS = int(os.environ.get("ASSAYD_KILL_ROUNDS", "4"))
SEED = int(os.environ.get("ASSAYD_KILL_SEED", "1"))
SENDERS = 2


class KillTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.remove)
        self.random = random.Random(SEED)

    def test_what_was_acknowledged_is_there_once_after_every_kill(self):
        sent, promised = {}, set()
        for number in range(ROUNDS):
            with self.subTest(round=number, seed=SEED):
                self.live_and_die(sent, promised)
                self.hold_to_promises(sent, promised)

    def live_and_die(self, sent, promised):
        daemon = self.site.start()
        progress = queue.Queue()
        senders = [Sender(daemon, progress) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        batches = self.random.randrange(1, 40)
        for _ in range(batches):
            progress.get(timeout=60)
        daemon.kill()
        for sender in senders:
            sender.join(timeout=60)
            self.assertFalse(sender.refused)
            for batch in (sender.promised, sender.open):
                sent.update((signal["id"], signal) for signal in batch)
            promised.update(signal["id"] for signal in sender.promised)

    def hold_to_promises(self, sent, promised):
        verified = self.site.run("verify", "--output", "json")
        self.assertEqual(verified.returncode, 0, verified.stderr)
        rebuilt = self.site.run("rebuild", "--output", "json")
        self.assertEqual(rebuilt.returncode, 0, rebuilt.stderr)
        of_verify, of_rebuild = json.loads(verified.stdout), json.loads(rebuilt.stdout)
        self.assertTrue(of_verify["ok"])

        daemon = self.site.start()
        self.assertEqual(daemon.ask("GET", "/readyz")[0].status, 200)
        shards = daemon.get("/api/v1/integrity")["shards"]
        self.assertEqual(shards[0]["score_digest"], of_rebuild["shards"][0]["score_digest"])
        times = daemon.event_ids()
        for name in promised:
            if sent[name]["type"] == "io.assayd.audit.recorded.v1":
                self.assertEqual(times.get(name), 1, "a promise that was not kept")
        # Whoever got no answer sends again; nothing is doubled by it.
        again = list(sent.values())
        for begin in range(0, len(again), 500):
            status, answer = daemon.send(again[begin : begin + 500])
            self.assertEqual(status, 200, answer)
            self.assertFalse(answer["quarantined"], answer)
        promised.update(sent)
        times = daemon.event_ids()
        audits = [s["id"] for s in again if s["type"] == "io.assayd.audit.recorded.v1"]
        self.assertEqual({times.get(name) for name in audits}, {1})
        self.assertTrue(all(count == 1 for count in times.values()))
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
